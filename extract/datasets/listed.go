package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sfdalab/internal/regular"
)

// lines reads the lines of a text file that are not empty.
func lines(path string) ([]string, error) {
	data, err := regular.Read(path, maxFile)
	if err != nil {
		return nil, err
	}
	var all []string
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			all = append(all, line)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s is empty", path)
	}
	return all, nil
}

// in is the sample of a file below a dataset's folder.
func in(root, name string, class int) Sample {
	return file(filepath.Join(root, filepath.FromSlash(name)), name, class, "")
}

// byName numbers names in their order.
func byName(names []string) (classes []string, number map[string]int) {
	classes = slices.Clone(names)
	slices.Sort(classes)
	classes = slices.Compact(classes)
	number = map[string]int{}
	for i, c := range classes {
		number[c] = i
	}
	return classes, number
}

// aircraft: each line of images_variant_{split}.txt is an image and its variant, which
// may hold spaces.
func aircraft(root, split string) ([]string, []Sample, error) {
	list := filepath.Join(root, "data", "images_variant_"+split+".txt")
	all, err := lines(list)
	if err != nil {
		return nil, nil, err
	}
	variants := make([]string, len(all))
	for i, line := range all {
		id, variant, ok := strings.Cut(line, " ")
		if !ok {
			return nil, nil, fmt.Errorf("%s: line %d has no variant", list, i+1)
		}
		all[i], variants[i] = id, variant
	}
	classes, number := byName(variants)
	samples := make([]Sample, len(all))
	for i, id := range all {
		samples[i] = in(root, "data/images/"+id+".jpg", number[variants[i]])
	}
	return classes, samples, nil
}

// caltech101: each line of {split}.txt is an image and the number of its class. Where
// there are no such files, they are what the released create_caltech101_splits writes.
func caltech101(root, split string) ([]string, []Sample, error) {
	folder := "caltech101/101_ObjectCategories"
	if _, err := os.Stat(filepath.Join(root, "caltech101")); err != nil {
		folder = "101_ObjectCategories"
	}
	all, err := Folder(filepath.Join(root, filepath.FromSlash(folder)))
	if err != nil {
		return nil, nil, err
	}
	list := filepath.Join(root, split+".txt")
	entries, err := lines(list)
	if errors.Is(err, fs.ErrNotExist) {
		samples := drawn(all, split)
		for i := range samples {
			samples[i].Path = folder + "/" + samples[i].Path
		}
		return all.Classes, samples, nil
	}
	if err != nil {
		return nil, nil, err
	}
	samples := make([]Sample, len(entries))
	for i, line := range entries {
		id, text, _ := strings.Cut(line, " ")
		class, err := strconv.Atoi(text)
		if err != nil || class < 0 || class >= len(all.Classes) {
			return nil, nil, fmt.Errorf("%s: line %d: %q is not one of the %d classes", list, i+1, text, len(all.Classes))
		}
		samples[i] = in(root, folder+"/"+id, class)
	}
	return all.Classes, samples, nil
}

// drawn draws 30 images of each class, with replacement, for training; test is the rest.
func drawn(d *Dataset, split string) []Sample {
	byClass := make([][]int, len(d.Classes))
	for i, s := range d.Samples {
		byClass[s.Class] = append(byClass[s.Class], i)
	}
	random := newRandomState()
	var train []int
	for _, of := range byClass {
		var some []int
		for range 30 {
			some = append(some, of[random.below(len(of))])
		}
		slices.Sort(some)
		train = append(train, some...)
	}
	var samples []Sample
	if split == "train" {
		for _, i := range train {
			samples = append(samples, d.Samples[i])
		}
		return samples
	}
	for i, s := range d.Samples {
		if !slices.Contains(train, i) {
			samples = append(samples, s)
		}
	}
	return samples
}

// dtd: each line of labels/{split}1.txt is class/image.
func dtd(root, split string) ([]string, []Sample, error) {
	entries, err := os.ReadDir(filepath.Join(root, "images"))
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && !hidden(e.Name()) {
			names = append(names, e.Name())
		}
	}
	classes, number := byName(names)
	list := filepath.Join(root, "labels", split+"1.txt")
	all, err := lines(list)
	if err != nil {
		return nil, nil, err
	}
	samples := make([]Sample, len(all))
	for i, line := range all {
		name := strings.TrimSpace(line)
		class, ok := number[path.Dir(name)]
		if !ok {
			return nil, nil, fmt.Errorf("%s: line %d: there is no class %q in images", list, i+1, path.Dir(name))
		}
		samples[i] = in(root, "images/"+name, class)
	}
	return classes, samples, nil
}

// food: meta/{split}.json lists the images of each class.
func food(root, split string) ([]string, []Sample, error) {
	classes, err := lines(filepath.Join(root, "food-101", "meta", "classes.txt"))
	if err != nil {
		return nil, nil, err
	}
	list := filepath.Join(root, "food-101", "meta", split+".json")
	data, err := regular.Read(list, maxFile)
	if err != nil {
		return nil, nil, err
	}
	var images map[string][]string
	if err := json.Unmarshal(data, &images); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", list, err)
	}
	var samples []Sample
	for class, name := range classes {
		if len(images[name]) == 0 {
			return nil, nil, fmt.Errorf("%s lists no images of class %s", list, name)
		}
		for _, id := range images[name] {
			samples = append(samples, in(root, "food-101/images/"+id+".jpg", class))
		}
	}
	return classes, samples, nil
}

// pets: each line of annotations/{trainval,test}.txt is an image, the number of its
// class from 1, and two numbers more.
func pets(root, split string) ([]string, []Sample, error) {
	if split == "train" {
		split = "trainval"
	}
	list := filepath.Join(root, "annotations", split+".txt")
	all, err := lines(list)
	if err != nil {
		return nil, nil, err
	}
	names := map[int]string{}
	numbers := make([]int, len(all))
	for i, line := range all {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			return nil, nil, fmt.Errorf("%s: line %d has no class", list, i+1)
		}
		if numbers[i], err = strconv.Atoi(fields[1]); err != nil {
			return nil, nil, fmt.Errorf("%s: line %d: %w", list, i+1, err)
		}
		all[i] = fields[0]
		breed := fields[0]
		if at := strings.LastIndexByte(breed, '_'); at > 0 {
			breed = breed[:at]
		}
		names[numbers[i]] = breed
	}
	classes, number := byNumber(names)
	samples := make([]Sample, len(all))
	for i, id := range all {
		samples[i] = in(root, "images/"+id+".jpg", number[numbers[i]])
	}
	return classes, samples, nil
}

// byNumber numbers classes from 0, in the order of the numbers that they have.
func byNumber(names map[int]string) (classes []string, number map[int]int) {
	var used []int
	for n := range names {
		used = append(used, n)
	}
	slices.Sort(used)
	number = map[int]int{}
	for i, n := range used {
		number[n] = i
		classes = append(classes, names[n])
	}
	return classes, number
}

// sun397: each line of Training_01.txt and Testing_01.txt is the path of an image, such
// as /a/abbey/sun_aaa.jpg, and of ClassName.txt that of a class, such as /a/abbey.
func sun397(root, split string) ([]string, []Sample, error) {
	names, err := lines(filepath.Join(root, "ClassName.txt"))
	if err != nil {
		return nil, nil, err
	}
	for i, name := range names {
		names[i] = strings.TrimSpace(name)[min(3, len(name)):]
	}
	classes, _ := byName(names)
	list := filepath.Join(root, map[string]string{"train": "Training_01.txt", "test": "Testing_01.txt"}[split])
	all, err := lines(list)
	if err != nil {
		return nil, nil, err
	}
	samples := make([]Sample, len(all))
	for i, line := range all {
		name := strings.TrimPrefix(strings.TrimSpace(line), "/")
		// As in the released code, the first class by name that the path contains.
		class := slices.IndexFunc(classes, func(c string) bool { return strings.Contains("/"+name, "/"+c+"/") })
		if class < 0 {
			return nil, nil, fmt.Errorf("%s: line %d: %s is in no class of ClassName.txt", list, i+1, name)
		}
		samples[i] = in(root, name, class)
	}
	return classes, samples, nil
}

// vocClasses are the classes of PASCAL VOC 2007 in alphabetical order.
var vocClasses = []string{
	"aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
	"diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
}

// voc2007: each line of {class}_{split}.txt is an image and 1 where it shows the class,
// -1 where it does not, 0 where it shows only difficult ones.
func voc2007(root, split string) ([]string, []Sample, error) {
	folder := filepath.Join(root, "VOCdevkit", "VOC2007", "ImageSets", "Main")
	var ids []string
	class, labels := map[string]int{}, map[string][]Label{}
	for c, name := range vocClasses {
		list := filepath.Join(folder, name+"_"+split+".txt")
		all, err := lines(list)
		if err != nil {
			return nil, nil, err
		}
		for i, line := range all {
			fields := strings.Fields(line)
			if len(fields) != 2 {
				return nil, nil, fmt.Errorf("%s: line %d is not an image and a number", list, i+1)
			}
			if c == 0 {
				ids = append(ids, fields[0])
			}
			if _, known := class[fields[0]]; !known && fields[1] == "1" {
				class[fields[0]] = c
			}
			if fields[1] == "1" || fields[1] == "0" {
				labels[fields[0]] = append(labels[fields[0]], Label{c, fields[1] == "0"})
			}
		}
	}
	samples := make([]Sample, len(ids))
	for i, id := range ids {
		samples[i] = in(root, "VOCdevkit/VOC2007/JPEGImages/"+id+".jpg", class[id])
		samples[i].Labels = labels[id]
	}
	return vocClasses, samples, nil
}
