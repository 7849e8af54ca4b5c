package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"sfdalab/features"
	"sfdalab/features/files"
)

// TestYourData runs the commands of docs/your-data.md, on files as it describes them.
func TestYourData(t *testing.T) {
	text, err := os.ReadFile("../../docs/your-data.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	yourData(t)
	commands := 0
	for line := range strings.Lines(string(text)) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "sfdalab ")
		if !ok || !strings.HasPrefix(line, "    ") {
			continue
		}
		commands++
		args := strings.Fields(command)
		for i, arg := range args {
			args[i] = strings.Trim(arg, "'")
		}
		if code, stdout, stderr := sfdalab(t, args...); code != done || stdout == "" {
			t.Errorf("%s: exit %d, %s", command, code, stderr)
		}
	}
	if commands < 10 {
		t.Errorf("%d commands are run: the page has more", commands)
	}
}

// yourData writes features, labels and tables into the folder.
func yourData(t *testing.T) {
	t.Helper()
	const n = 60
	text := func(name, heading string, row func(i int) string) {
		var b strings.Builder
		if heading != "" {
			b.WriteString(heading + "\n")
		}
		for i := range n {
			b.WriteString(row(i) + "\n")
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(b.String()), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	array := func(name string, phase float64, from, to int) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		x := mat.NewDense(to-from, 4, nil)
		x.Apply(func(i, j int, _ float64) float64 {
			return math.Sin(phase+float64((from+i)*(j+2))) + float64((from+i)%3*j)
		}, x)
		if err := files.WriteRows(f, features.Dense(x), files.Float32); err != nil {
			t.Fatal(err)
		}
	}
	labels := func(name string, from, to int) {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var y []int64
		for i := from; i < to; i++ {
			y = append(y, int64(i%3))
		}
		if err := files.WriteInts(f, y); err != nil {
			t.Fatal(err)
		}
	}
	list, scores, accuracies := "model,features,labels\n", "dataset,model,metric,score\n", "dataset,model,accuracy\n"
	for k, model := range []string{"a", "b", "c", "d", "e"} {
		phase := float64(k)
		array("features/"+model+".npy", phase, 0, n)
		array("shards/"+model+"/part-0.npy", phase, 0, 40)
		array("shards/"+model+"/part-1.npy", phase, 40, n)
		array(model+"_train.npy", phase, 0, 40)
		array(model+"_test.npy", phase, 40, n)
		text("tables/"+model+".csv", "image,f_0,f_1", func(i int) string {
			return fmt.Sprintf("%d.jpg,%g,%g", i, math.Sin(phase+float64(2*i)), math.Cos(phase+float64(i))+float64(i%3))
		})
		list += fmt.Sprintf("owner/%s,features/%[1]s.npy,labels.npy\n", model)
		scores += fmt.Sprintf("birds,%s,sfda,%d\n", model, k*k%7)
		accuracies += fmt.Sprintf("birds,%s,%d\n", model, 70+k)
	}
	array("x.npy", 0, 0, n)
	labels("labels.npy", 0, n)
	labels("train.npy", 0, 40)
	labels("test.npy", 40, n)
	for name, text := range map[string]string{"networks.csv": list, "scores.csv": scores, "accuracies.csv": accuracies} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text("table.csv", "id,fold,f0,f1,label", func(i int) string {
		return fmt.Sprintf("%d,%d,%g,%g,%s", i, i%5, math.Sin(float64(i)), math.Cos(float64(i*i))+float64(i%3), []string{"cat", "dog", "owl"}[i%3])
	})
	text("unlabelled.csv", "label", func(i int) string { return fmt.Sprint(i%4 - 1) })
	text("ratings.csv", "rating", func(i int) string { return fmt.Sprint(1 + i*i%5) })
	text("several.csv", "cat,dog,owl", func(i int) string { return fmt.Sprintf("%d,%d,%d", (i+1)%2, i%3%2, 1-(i+1)%2*(1-i%3%2)) })
}
