package main

import (
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"sfdalab/extract"
	"sfdalab/extract/datasets"
	"sfdalab/internal/onnxruntime"
)

func newExtract() *cobra.Command {
	var o extract.Options
	var from datasets.Source
	var pool, transformName string
	var listLayers bool
	cmd := &cobra.Command{
		Use:   "extract --networks 'onnx/{model}.onnx' (--images DIR | --dataset NAME --root DIR) -o DIR",
		Short: "Extract features of images by networks",
		Long: `Compute the features of images by each network that a pattern finds, as PyTorch and
torchvision would compute them, with ONNX Runtime. Features are what the last linear
layer of a network takes; its logits are written beside them.

For each network it writes {model}_{dataset}_feature.npy (N×D),
{model}_{dataset}_output.npy (N×Z) and {model}_{dataset}.json, which says what they were
made of, and once {dataset}_label.npy and {dataset}_samples.csv. Features that are there
already are not computed again, and a run that was killed goes on where it stopped.

Images come from a folder with a folder for each class, a CSV file with columns path and
class, Parquet files of Hugging Face, webdataset's tar files, or a dataset that
"sfdalab datasets" lists.

ONNX Runtime ` + "1.17 or later is needed: " + onnxruntime.HowToGet + ".",
		Example: `  sfdalab extract --networks 'onnx/{model}.onnx' --images photos -o features
  sfdalab extract --networks 'onnx/{model}.onnx' --dataset pets --root data/pets -o features
  sfdalab extract --networks onnx/vit.onnx --layers`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if listLayers {
				return printLayers(cmd, o)
			}
			if o.Folder == "" {
				return misuseError{errors.New("-o names the folder to write to")}
			}
			var err error
			if o.Pool, err = extract.ParsePool(pool); err != nil {
				return misuseError{err}
			}
			if o.Transform, err = extract.Transforms(transformName); err != nil {
				return misuseError{err}
			}
			if err := from.Check(); err != nil {
				return misuseError{err}
			}
			dataset, err := from.Open()
			if err != nil {
				return err
			}
			progress := newProgress(cmd.ErrOrStderr())
			progress.unit = "images"
			defer progress.stop()
			o.Progress, o.Say = progress.set, progress.say
			return extract.Run(cmd.Context(), dataset, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Networks, "networks", "", "ONNX models, a file for each {model}, or one file")
	flags.StringVar(&from.Images, "images", "", "images: a folder with one for each class, or a .csv, .parquet or .tar file")
	flags.StringVar(&from.Name, "name", "", "name of the dataset of --images; that of the folder or file when empty")
	flags.StringVar(&from.Dataset, "dataset", "", `a dataset that "sfdalab datasets" lists`)
	flags.StringVar(&from.Root, "root", "", "folder of --dataset")
	flags.StringVar(&from.Split, "split", "", "samples to take, such as train or train+test; those that SFDA's paper used, or all, when empty")
	flags.StringVar(&transformName, "transform", "", "how images become inputs: sfda, torchvision, logme, or a file; what lies beside a network, else sfda, when empty")
	flags.StringVarP(&o.Folder, "output", "o", "", "folder to write to")
	flags.StringVar(&o.Layer, "layer", "", "tensor to take features from; the input of the last linear layer when empty")
	flags.BoolVar(&listLayers, "layers", false, "list the layers of one network, and extract nothing")
	flags.StringVar(&pool, "pool", "", "make one row of the positions or tokens of a layer: mean, max or cls (the first token)")
	flags.BoolVar(&o.SkipBad, "skip-bad", false, "leave out images that cannot be decoded, for every network")
	flags.StringVar(&o.Device, "device", "cpu", "where networks run: cpu or cuda")
	flags.IntVar(&o.Threads, "threads", 0, "threads that a network computes with; as many as cores when 0")
	flags.IntVar(&o.Workers, "workers", 0, "threads that decode images; as many as cores when 0")
	flags.StringVar(&o.Runtime, "onnxruntime", "", "library of ONNX Runtime, or its folder; found when empty")
	cmd.MarkFlagRequired("networks")
	return cmd
}

func printLayers(cmd *cobra.Command, o extract.Options) error {
	names, paths, err := extract.FindNetworks(o.Networks)
	if err != nil {
		return err
	}
	if len(paths) != 1 {
		return misuseError{fmt.Errorf("--layers lists those of one network, and --networks finds %d", len(paths))}
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
	cmd.Println(t.Render())
	return nil
}
