package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"sfdalab/internal/mat"
)

// variable reads one variable of a MATLAB file.
func variable(path, name string) (mat.Array, error) {
	all, err := mat.Read(path)
	if err != nil {
		return mat.Array{}, err
	}
	a, ok := all[name]
	if !ok {
		return mat.Array{}, fmt.Errorf("%s has no variable %s", path, name)
	}
	return a, nil
}

// cars: the struct array annotations holds, for each image, the number of its class,
// from 1, and the name of its file.
func cars(root, split string) ([]string, []Sample, error) {
	path := filepath.Join(root, "devkit", map[string]string{
		"train": "cars_train_annos.mat", "test": "cars_test_annos_withlabels.mat"}[split])
	annotations, err := variable(path, "annotations")
	if err != nil {
		return nil, nil, err
	}
	numbers, files := annotations.Fields["class"], annotations.Fields["fname"]
	if len(numbers) == 0 || len(files) != len(numbers) {
		return nil, nil, fmt.Errorf("%s: annotations has no class and fname for each image", path)
	}
	names, err := carNames(root)
	if err != nil {
		return nil, nil, err
	}
	used := map[int]string{}
	for i, n := range numbers {
		if len(n.Numbers) != 1 || files[i].Text == "" {
			return nil, nil, fmt.Errorf("%s: image %d has no class or no name", path, i+1)
		}
		class := int(n.Numbers[0])
		used[class] = fmt.Sprint(class)
		if class >= 1 && class <= len(names) {
			used[class] = names[class-1]
		}
	}
	classes, number := byNumber(used)
	samples := make([]Sample, len(numbers))
	for i, n := range numbers {
		samples[i] = in(root, "cars_"+split+"/"+files[i].Text, number[int(n.Numbers[0])])
	}
	return classes, samples, nil
}

// carNames reads the names of the classes, where the file with them is there.
func carNames(root string) ([]string, error) {
	a, err := variable(filepath.Join(root, "devkit", "cars_meta.mat"), "class_names")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, c := range a.Cells {
		names = append(names, c.Text)
	}
	return names, err
}

// flowers: setid.mat lists the numbers of the images of each split, and imagelabels.mat
// the class of each image; both count from 1.
func flowers(root, split string) ([]string, []Sample, error) {
	sets := filepath.Join(root, "setid.mat")
	ids, err := variable(sets, map[string]string{"train": "trnid", "val": "valid", "test": "tstid"}[split])
	if err != nil {
		return nil, nil, err
	}
	labels, err := variable(filepath.Join(root, "imagelabels.mat"), "labels")
	if err != nil {
		return nil, nil, err
	}
	names := map[int]string{}
	for _, l := range labels.Numbers {
		names[int(l)] = fmt.Sprint(int(l))
	}
	classes, number := byNumber(names)
	var samples []Sample
	for _, v := range ids.Numbers {
		id := int(v)
		if id < 1 || id > len(labels.Numbers) {
			return nil, nil, fmt.Errorf("%s: image %d of %s has no label", sets, id, split)
		}
		samples = append(samples, in(root, fmt.Sprintf("jpg/image_%05d.jpg", id), number[int(labels.Numbers[id-1])]))
	}
	return classes, samples, nil
}
