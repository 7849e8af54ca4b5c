package main

import (
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sfdalab/experiments"
	"sfdalab/extract"
	"sfdalab/extract/datasets"
	"sfdalab/internal/onnxruntime"
)

func newExtract() *cobra.Command {
	var from extractFlags
	var folder string
	var listLayers bool
	cmd := &cobra.Command{
		Use:   "extract --networks 'onnx/{model}.onnx' (--images DIR | --dataset NAME --root DIR) -o DIR",
		Short: "Extract features of images with networks",
		Long: `Compute the features of images for each network that matches a pattern. ONNX Runtime runs
the networks; the features equal those of PyTorch and torchvision. Features are the input
of a network's last linear layer; its output, the logits, is written beside them.

Files for each network: {model}_{dataset}_feature.npy (N×D), {model}_{dataset}_output.npy
(N×Z), and {model}_{dataset}.json, which says how both were computed. Files for all:
{dataset}_label.npy and {dataset}_samples.csv. Features that are there already are not
computed again; after an interruption, the same command continues.

Images are a folder with a subfolder for each class, a CSV file with the columns path and
class, Parquet files of Hugging Face, webdataset's tar files, or a dataset that
"sfdalab datasets" lists.

ONNX Runtime ` + "1.17 or later is needed: " + onnxruntime.HowToGet + ".",
		Example: `  sfdalab extract --networks 'onnx/{model}.onnx' --images photos -o features
  sfdalab extract --networks 'onnx/{model}.onnx' --dataset pets --root data/pets -o features
  sfdalab extract --networks onnx/vit.onnx --layers`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if listLayers {
				return printLayers(cmd, from.options)
			}
			if folder == "" {
				return misuseError{errors.New("name the folder to write to with -o")}
			}
			return from.extract(cmd, func(d *datasets.Dataset, o extract.Options) error {
				o.Folder = folder
				return extract.Run(cmd.Context(), d, o)
			})
		},
	}
	from.add(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&folder, "output", "o", "", "folder to write to")
	flags.BoolVar(&listLayers, "layers", false, "list the layers of one network, and extract nothing")
	cmd.MarkFlagRequired("networks")
	return cmd
}

// extractFlags say from which images features are extracted, by which networks, and how.
type extractFlags struct {
	options         extract.Options
	source          datasets.Source
	pool, transform string
}

// add adds the flags to the command.
func (f *extractFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.options.Networks, "networks", "", "ONNX networks: a pattern with {model}, or one file")
	addImages(flags, &f.source)
	flags.StringVar(&f.transform, "transform", "", "how images become inputs: sfda, torchvision, logme, or a file (default: the file beside the network, else sfda)")
	flags.StringVar(&f.options.Layer, "layer", "", "tensor to take features from (default: the input of the last linear layer)")
	flags.StringVar(&f.pool, "pool", "", "how the positions or tokens of a layer become one row: mean, max or cls (the first token)")
	flags.BoolVar(&f.options.SkipBad, "skip-bad", false, "leave out images that cannot be decoded, for every network")
	flags.BoolVar(&f.options.Exif, "exif", false, "turn images upright as their EXIF data say, which torchvision does not")
	flags.StringVar(&f.options.Device, "device", "cpu", "where networks run: cpu or cuda")
	flags.IntVar(&f.options.Threads, "threads", 0, "threads of a network; 0 for as many as cores")
	flags.IntVar(&f.options.Workers, "workers", 0, "threads that decode images; 0 for as many as cores")
	flags.StringVar(&f.options.Runtime, "onnxruntime", "", "library of ONNX Runtime, or its folder (default: the usual places are searched)")
}

// extracting are the flags that say nothing without --networks.
var extracting = []string{"images", "name", "dataset", "root", "split", "transform", "layer", "skip-bad", "exif", "device", "threads", "workers", "onnxruntime"}

// addImages adds the flags that say which images are meant.
func addImages(flags *pflag.FlagSet, source *datasets.Source) {
	flags.StringVar(&source.Images, "images", "", "images: a folder with a subfolder for each class, or a .csv, .parquet or .tar file")
	flags.StringVar(&source.Name, "name", "", "name of the dataset of --images (default: the name of the folder or file)")
	flags.StringVar(&source.Dataset, "dataset", "", `a dataset that "sfdalab datasets" lists`)
	flags.StringVar(&source.Root, "root", "", "folder of --dataset")
	flags.StringVar(&source.Split, "split", "", "samples to take, such as train or train+test, or those that a paper took: sfda, etran or logme (default: sfda, or all)")
}

// checked returns the options that the flags ask for.
func (f *extractFlags) checked() (o extract.Options, err error) {
	o = f.options
	if o.Pool, err = extract.ParsePool(f.pool); err != nil {
		return o, misuseError{err}
	}
	if o.Transform, err = extract.Transforms(f.transform); err != nil {
		return o, misuseError{err}
	}
	if err := f.source.Check(); err != nil {
		return o, misuseError{err}
	}
	if o.Device != "cpu" && o.Device != "cuda" {
		return o, misuseError{fmt.Errorf("--device %s: want cpu or cuda", o.Device)}
	}
	return o, nil
}

// spec returns what the flags ask for as a part of a spec, and the dataset's name, which
// is that of the images where it is empty.
func (f *extractFlags) spec() (x experiments.Extraction, dataset string, err error) {
	if _, err := f.checked(); err != nil {
		return x, "", err
	}
	return experiments.Extraction{
		Networks: f.options.Networks, Images: f.source.Images, Root: f.source.Root, Split: experiments.Splits{"": f.source.Split},
		Transform: f.transform, Layer: f.options.Layer, Pool: f.pool, SkipBad: f.options.SkipBad, Exif: f.options.Exif, Device: f.options.Device,
	}, f.source.Name + f.source.Dataset, nil
}

// extract calls run with the dataset and the options that the flags ask for, and shows
// its progress.
func (f *extractFlags) extract(cmd *cobra.Command, run func(*datasets.Dataset, extract.Options) error) error {
	o, err := f.checked()
	if err != nil {
		return err
	}
	dataset, err := f.source.Open()
	if err != nil {
		return err
	}
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.stop()
	o.Progress, o.Say = progress.of("images"), progress.say
	return run(dataset, o)
}

// cached extracts into the folder of features beside a store, but for what is there.
func (f *extractFlags) cached(cmd *cobra.Command, store string) (extracted []extract.Extracted, err error) {
	err = f.extract(cmd, func(d *datasets.Dataset, o extract.Options) error {
		o.Folder = experiments.FeatureFolder(store)
		extracted, err = extract.Cached(cmd.Context(), d, o)
		return err
	})
	return extracted, err
}

// printLayers prints the layers of a network, and marks the one that features are taken from.
func printLayers(cmd *cobra.Command, o extract.Options) error {
	names, paths, err := extract.FindNetworks(o.Networks)
	if err != nil {
		return err
	}
	if len(paths) != 1 {
		return misuseError{fmt.Errorf("--layers needs one network, and --networks matches %d", len(paths))}
	}
	library, err := onnxruntime.Open(o.Runtime)
	if err != nil {
		return err
	}
	layers, err := extract.Layers(library, paths[0])
	if err != nil {
		return fmt.Errorf("%s: %w", names[0], err)
	}
	t := newTable("layer", "operator", "shape", "")
	for _, l := range layers {
		mark := ""
		if l.Taken {
			mark = "features"
		}
		t.AppendRow(table.Row{l.Name, l.Op, l.Shape, mark})
	}
	t.print(cmd)
	return nil
}

// newInputs returns the command from which the Python package reads images.
func newInputs() *cobra.Command {
	var source datasets.Source
	var transform string
	var skip, workers int
	cmd := &cobra.Command{
		Use:   "inputs (--images DIR | --dataset NAME --root DIR)",
		Short: "Write images as the inputs of networks, for other programs",
		Long: `Write images as inputs of networks that another program runs, with the same pixels and in
the same order as in "sfdalab extract". The first line is JSON and lists the samples. Then
each sample follows: a line {"sample": 17} and its 3×H×W float32, little-endian; or only
{"sample": 17, "error": "..."} if the image cannot be decoded.`,
		Example: "  sfdalab inputs --images photos --transform torchvision",
		Args:    cobra.NoArgs,
		Hidden:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := source.Check(); err != nil {
				return misuseError{err}
			}
			of, err := extract.Transforms(transform)
			if err != nil {
				return misuseError{err}
			}
			t, err := of("")
			if err != nil {
				return err
			}
			dataset, err := source.Open()
			if err != nil {
				return err
			}
			return extract.WriteInputs(cmd.Context(), dataTo(cmd), dataset, t, skip, workers)
		},
	}
	flags := cmd.Flags()
	addImages(flags, &source)
	flags.StringVar(&transform, "transform", extract.DefaultTransform, "how images become inputs: sfda, torchvision, logme, or a file")
	flags.IntVar(&skip, "skip", 0, "leave out the pixels of the first so many samples")
	flags.IntVar(&workers, "workers", 0, "threads that decode images; 0 for as many as cores")
	return cmd
}
