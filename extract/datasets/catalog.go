package datasets

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"sfdalab/internal/suggest"
)

// A Known is a dataset that papers on transferability use.
type Known struct {
	Name    string
	Title   string
	Classes int
	Splits  []Size   // official ones, in the order in which SFDA's code joins them
	Bytes   string   // of the download
	Source  string   // where to get it
	Layout  []string // what must be in its folder
	Notes   []string // on the released code
	Measure string   // of fine-tuned accuracy in papers: mean-per-class or map-11-point; top-1 if empty (Kornblith et al., 2019, table 1)

	// list lists the samples of one official split, and the names of the classes.
	list func(root, split string) (classes []string, samples []Sample, err error)
}

// A Size is the number of images of a split.
type Size struct {
	Split  string
	Images int // 0 where it is not published
}

// Catalog lists the datasets of SFDA's benchmark (Shao et al., 2022).
var Catalog = []Known{
	{
		Name: "aircraft", Title: "FGVC-Aircraft, variants", Classes: 100, Bytes: "2.75 GB",
		Measure: "mean-per-class",
		Splits:  []Size{{"train", 3334}, {"test", 3333}, {"val", 3333}},
		Source:  "https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/archives/fgvc-aircraft-2013b.tar.gz",
		Layout:  []string{"data/images/*.jpg", "data/images_variant_{train,val,test}.txt"},
		list:    aircraft,
	},
	{
		Name: "caltech101", Title: "Caltech-101 with its background class", Classes: 102, Bytes: "137 MB",
		Measure: "mean-per-class",
		Splits:  []Size{{"train", 3060}, {"test", 0}},
		Source:  "https://data.caltech.edu/records/mzrjq-6wc02",
		Layout:  []string{"caltech101/101_ObjectCategories/{class}/*.jpg, or 101_ObjectCategories/{class}/*.jpg", "train.txt and test.txt (image class), or neither: then they are drawn as the released code draws them"},
		Notes: []string{
			"The code that SFDA released draws 30 training images a class with replacement, so that some are listed twice; test is all that are not drawn.",
		},
		list: caltech101,
	},
	{
		Name: "cars", Title: "Stanford Cars", Classes: 196, Bytes: "1.95 GB",
		Splits: []Size{{"train", 8144}, {"test", 8041}},
		Source: "https://ai.stanford.edu/~jkrause/cars/car_dataset.html (mirrored on Kaggle and Hugging Face)",
		Layout: []string{"cars_train/*.jpg", "cars_test/*.jpg", "devkit/cars_train_annos.mat", "devkit/cars_test_annos_withlabels.mat", "devkit/cars_meta.mat (names of classes)"},
		list:   cars,
	},
	{
		Name: "cifar10", Title: "CIFAR-10", Classes: 10, Bytes: "163 MB",
		Splits: []Size{{"train", 50000}, {"test", 10000}},
		Source: "https://www.cs.toronto.edu/~kriz/cifar.html",
		Layout: []string{"cifar-10-batches-py/{data_batch_1..5,test_batch,batches.meta}, or", "cifar-10-batches-bin/{data_batch_1..5.bin,test_batch.bin,batches.meta.txt}"},
		list:   cifar10,
	},
	{
		Name: "cifar100", Title: "CIFAR-100, fine labels", Classes: 100, Bytes: "161 MB",
		Splits: []Size{{"train", 50000}, {"test", 10000}},
		Source: "https://www.cs.toronto.edu/~kriz/cifar.html",
		Layout: []string{"cifar-100-python/{train,test,meta}, or", "cifar-100-binary/{train.bin,test.bin,fine_label_names.txt}"},
		list:   cifar100,
	},
	{
		Name: "dtd", Title: "Describable Textures, partition 1", Classes: 47, Bytes: "597 MB",
		Splits: []Size{{"train", 1880}, {"test", 1880}, {"val", 1880}},
		Source: "https://www.robots.ox.ac.uk/~vgg/data/dtd/download/dtd-r1.0.1.tar.gz",
		Layout: []string{"images/{class}/*.jpg", "labels/{train,val,test}1.txt"},
		list:   dtd,
	},
	{
		Name: "flowers", Title: "Oxford Flowers-102", Classes: 102, Bytes: "345 MB",
		Measure: "mean-per-class",
		Splits:  []Size{{"train", 1020}, {"test", 6149}, {"val", 1020}},
		Source:  "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
		Layout:  []string{"jpg/image_*.jpg", "setid.mat", "imagelabels.mat"},
		list:    flowers,
	},
	{
		Name: "food", Title: "Food-101", Classes: 101, Bytes: "5.0 GB",
		Splits: []Size{{"train", 75750}, {"test", 25250}},
		Source: "http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz",
		Layout: []string{"food-101/images/{class}/*.jpg", "food-101/meta/{train,test}.json", "food-101/meta/classes.txt"},
		list:   food,
	},
	{
		Name: "pets", Title: "Oxford-IIIT Pets", Classes: 37, Bytes: "811 MB",
		Measure: "mean-per-class",
		Splits:  []Size{{"train", 3680}, {"test", 3669}},
		Source:  "https://www.robots.ox.ac.uk/~vgg/data/pets/",
		Layout:  []string{"images/*.jpg", "annotations/{trainval,test}.txt"},
		Notes:   []string{"train is the official trainval, as in the released code."},
		list:    pets,
	},
	{
		Name: "sun397", Title: "SUN397, partition 01", Classes: 397, Bytes: "39 GB",
		Splits: []Size{{"train", 19850}, {"test", 19850}},
		Source: "https://vision.princeton.edu/projects/2010/SUN/",
		Layout: []string{"{a..z}/{class}/*.jpg", "ClassName.txt", "Training_01.txt", "Testing_01.txt"},
		list:   sun397,
	},
	{
		Name: "voc2007", Title: "PASCAL VOC 2007, one label an image", Classes: 20, Bytes: "911 MB",
		Measure: "map-11-point",
		Splits:  []Size{{"train", 2501}, {"test", 4952}, {"val", 2510}},
		Source:  "http://host.robots.ox.ac.uk/pascal/VOC/voc2007/",
		Layout:  []string{"VOCdevkit/VOC2007/JPEGImages/*.jpg", "VOCdevkit/VOC2007/ImageSets/Main/{class}_{train,val,test}.txt"},
		Notes: []string{
			"Images have several labels. As in the released code, the class is the first of an image's classes by name (argmax), and aeroplane where all its objects are difficult ones.",
		},
		list: voc2007,
	},
}

// Find returns a dataset of the catalog.
func Find(name string) (Known, error) {
	var names []string
	for _, k := range Catalog {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Known{}, fmt.Errorf("unknown dataset %q%s: want one of %s", name, suggest.Hint(name, names), strings.Join(names, ", "))
}

// A Use is the split that a paper's released code took. Its name stands for the split.
type Use struct{ Name, Paper, Split, Note string }

// train80 is the split that holds the training images which are left when a fifth is
// set aside for validation.
const train80 = "train80"

// Uses lists the splits that papers took of the dataset. Published inputs disagree, and
// scores on one split cannot be compared with those on another.
func (k Known) Uses() []Use {
	etran := Use{"etran", "ETran (Gholami et al., 2023)", train80, "80 % of train, drawn by NumPy's shuffle with seed 0"}
	if k.has("val") {
		etran.Split, etran.Note = "train", ""
	}
	return []Use{
		{"sfda", "SFDA (Shao et al., 2022)", k.Default(), "in this order"},
		etran,
		{"logme", "LogME (You et al., 2021)", "train", "a folder for each class, made by hand"},
	}
}

// Default is the split that SFDA's paper took: all images.
func (k Known) Default() string {
	var names []string
	for _, s := range k.Splits {
		names = append(names, s.Split)
	}
	return strings.Join(names, "+")
}

// has reports whether the dataset has an official split.
func (k Known) has(split string) bool {
	return slices.ContainsFunc(k.Splits, func(s Size) bool { return s.Split == split })
}

// resolve returns the official splits that a split stands for: those that a paper took where
// it is the name of a use, and the default where it is empty.
func (k Known) resolve(split string) string {
	for _, u := range k.Uses() {
		if u.Name == split {
			return u.Split
		}
	}
	return cmp.Or(split, k.Default())
}

// Open lists the samples of splits that are joined by +, such as "train+test", in this
// order, or of those that a paper took, by the name of a [Use]. An empty split is the default.
func (k Known) Open(root, split string) (*Dataset, error) {
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", k.Name, suggest.File(root))
	}
	split = k.resolve(split)
	d := &Dataset{Name: k.Name, Split: split}
	for part := range strings.SplitSeq(split, "+") {
		official := part
		if part == train80 {
			official = "train"
		}
		if !k.has(official) {
			return nil, fmt.Errorf("%s has no split %q: want some of %s, joined by +; or %s; or those of a paper: sfda, etran, logme", k.Name, part, strings.ReplaceAll(k.Default(), "+", ", "), train80)
		}
		classes, samples, err := k.list(root, official)
		if err != nil {
			return nil, fmt.Errorf("%s (sfdalab datasets %s shows the layout): %w", k.Name, k.Name, err)
		}
		if part == train80 {
			samples = fourFifths(samples)
		}
		for i := range samples {
			samples[i].Split = part
		}
		if d.Classes != nil && !slices.Equal(d.Classes, classes) {
			return nil, fmt.Errorf("%s: split %s has other classes than the splits before it", k.Name, part)
		}
		d.Classes = classes
		d.Samples = append(d.Samples, samples...)
	}
	d.Notes = append(d.Notes, k.Notes...)
	if len(d.Classes) != k.Classes {
		d.Notes = append(d.Notes, fmt.Sprintf("%s has %d classes here, and %d as it is published", k.Name, len(d.Classes), k.Classes))
	}
	return d, nil
}
