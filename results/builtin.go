package results

import (
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"
)

//go:embed data
var data embed.FS

// builtIn opens a file that is built in.
func builtIn(file string) io.Reader {
	f, err := data.Open("data/" + file)
	if err != nil {
		panic(err)
	}
	return f
}

// A builtInTruth is a ground truth that is built in. Its name says whose accuracies it
// holds, the hub of models, and by which protocol: "supervised/full".
type builtInTruth struct {
	Truth
	alias string // an older name
}

// builtInTruths are the ground truths built in, without their frames.
var builtInTruths = []builtInTruth{
	{Truth{
		Name: "supervised/full", Title: "11 supervised CNNs, 11 datasets",
		Protocol: sweep, Source: "SFDA (Shao et al., ECCV 2022), released evaluation scripts, group 1",
	}, "supervised"},
	{Truth{
		Name: "supervised/last-block", Title: "the same models and datasets",
		Protocol: "last block and classifier fine-tuned", Source: enhancing + ", group 1",
		Doubts: map[string]string{"sun397": aboveFull},
	}, ""},
	{Truth{
		Name: "supervised/linear", Title: "the same models and datasets",
		Protocol: "classifier alone trained", Source: enhancing + ", group 1",
		Doubts: map[string]string{"sun397": aboveFull},
	}, ""},
	{Truth{
		Name: "supervised/tll", Title: "10 of the same models, 8 of the datasets, fine-tuned by another group",
		Protocol: sweep, Source: "thuml/Transfer-Learning-Library, examples/model_selection",
		Doubts: map[string]string{"aircraft": unrepeated, "pets": unrepeated},
	}, ""},
	{Truth{
		Name: "self-supervised/full", Title: "12 self-supervised ResNet-50s, 11 datasets",
		Protocol: sweep, Source: "SFDA (Shao et al., ECCV 2022), released evaluation scripts, group 2",
	}, "self-supervised"},
	{Truth{
		Name: "self-supervised/last-block", Title: "the same models and datasets",
		Protocol: "last block and classifier fine-tuned", Source: enhancing + ", group 2",
		Doubts: map[string]string{"sun397": aboveFull, "cifar100": "6 points above full fine-tuning on average, which no other dataset shows"},
	}, ""},
	{Truth{
		Name: "self-supervised/linear", Title: "the same models and datasets",
		Protocol: "classifier alone trained", Source: enhancing + ", group 2",
		Doubts: map[string]string{"sun397": "5 of 12 models are above full fine-tuning"},
	}, ""},
	{Truth{
		Name: "self-supervised/remote", Title: "10 of the same models, 2 datasets of satellite images",
		Protocol: "full fine-tuning", Source: "NCTI (Wang et al., ICCV 2023), released evaluation script",
	}, ""},
	{Truth{
		Name: "vit/full", Title: "13 vision transformers, 11 datasets; in_paper_hub marks the 10 of the paper",
		Protocol: sweep, Source: "EMMS (Meng et al., NeurIPS 2023), released evaluation script",
	}, "vit"},
	{Truth{
		Name: "parc/controlled", Title: "models named architecture@source, 7 datasets",
		Protocol: "full fine-tuning", Source: "PARC (Bolya et al., NeurIPS 2021), released oracle, controlled bank",
	}, "parc-controlled"},
	{Truth{
		Name: "parc/all", Title: "the same with crowd-sourced models, 7 datasets",
		Protocol: "full fine-tuning", Source: "PARC (Bolya et al., NeurIPS 2021), released oracle, all models",
	}, "parc-all"},
	{Truth{
		Name: "back-to-basics/full", Title: "10 CNNs and transformers, 11 datasets",
		Protocol: "full fine-tuning", Source: backToBasics,
	}, ""},
	{Truth{
		Name: "back-to-basics/frozen", Title: "the same models and datasets",
		Protocol: "classifier alone trained", Source: backToBasics,
	}, ""},
	{Truth{
		Name: "medmnist/architectures", Title: "9 ImageNet CNNs, 11 medical datasets; AUC × 100",
		Protocol: "full fine-tuning", Source: "DovileDo/transferability-in-medical-imaging, results/AUCs_model.csv",
	}, ""},
	{Truth{
		Name: "medmnist/sources", Title: "ResNet-18 pre-trained on 15 sources, 12 medical datasets; AUC × 100",
		Protocol: "full fine-tuning", Source: "DovileDo/transferability-in-medical-imaging, results/AUCs_dataset.csv",
	}, ""},
	{Truth{
		Name: "transfergraph/best", Title: "292 Hugging Face vision models, 18 datasets",
		Protocol: "full fine-tuning, best of the recorded configurations", Source: "TransferGraph (Li et al., ICDE 2024), released fine-tuning records",
	}, "transfergraph"},
	{Truth{
		Name: "transfergraph/released", Title: "180 Hugging Face vision models, 12 datasets",
		Protocol: "full fine-tuning, one configuration", Source: "TransferGraph/transfergraph, resources/experiments/image_classification/records.csv",
	}, ""},
	{Truth{
		Name: "captioning/full", Title: "9 encoder-decoder pairs, 5 captioning datasets; caption score × 100",
		Protocol: "full fine-tuning", Source: "EMMS (Meng et al., NeurIPS 2023), released evaluation script",
	}, ""},
	{Truth{
		Name: "vlm/lovm", Title: "35 vision-language models, 23 datasets",
		Protocol: "zero-shot, not fine-tuned", Source: "LOVM (Zohar et al., NeurIPS 2023), orrzohar/LOVM",
	}, ""},
	{Truth{
		Name: "vlm/swab", Title: "43 vision-language models, 23 datasets",
		Protocol: "zero-shot, not fine-tuned", Source: "SWAB (Yi et al., 2024), YCaigogogo/SWAB",
	}, ""},
}

// What several of them share.
const (
	sweep        = "full fine-tuning, best of a sweep of learning rates and weight decays"
	enhancing    = "prafful-kumar/enhancing_TE, released evaluation scripts"
	backToBasics = "VirtualSpaceman/tmlr-transferability-benchmark, inputs/"
	aboveFull    = "well above full fine-tuning on average, which is not plausible"
	unrepeated   = "the correlations that its authors print do not follow from it"
)

// called reports whether users call b by that name.
func (b *builtInTruth) called(name string) bool {
	return name == b.Name || name == b.alias && name != ""
}

// file is where a ground truth built in is kept.
func (b *builtInTruth) file() string {
	return "truth/" + strings.ReplaceAll(b.Name, "/", "-") + ".csv"
}

// read returns the ground truth with its frame.
func (b *builtInTruth) read() *Truth {
	t := b.Truth
	if err := t.read(builtIn(b.file())); err != nil {
		panic(fmt.Sprintf("truth %s, built in: %v", t.Name, err)) // a test reads them all
	}
	return &t
}

// Truths returns the ground truths built in.
func Truths() []*Truth { return TruthsWhere(func(*Truth) bool { return true }) }

// TruthsWhere returns those of the ground truths built in that keep chooses by what is said
// of them: it sees them without accuracies, and only those chosen are read.
func TruthsWhere(keep func(*Truth) bool) []*Truth {
	var truths []*Truth
	for i := range builtInTruths {
		if b := &builtInTruths[i]; keep(&b.Truth) {
			truths = append(truths, b.read())
		}
	}
	return truths
}

// Hub is the part of a ground truth's name that says whose accuracies it holds.
func (t *Truth) Hub() string {
	hub, _, _ := strings.Cut(t.Name, "/")
	return hub
}

// Siblings returns the other ground truths built in of the hub of one that is: the same
// models, fine-tuned in other ways.
func Siblings(t *Truth) []*Truth {
	if t.File != "" || !slices.ContainsFunc(builtInTruths, func(b builtInTruth) bool { return b.Name == t.Name }) {
		return nil
	}
	others := TruthsWhere(func(other *Truth) bool { return other.Name != t.Name && other.Hub() == t.Hub() })
	return slices.DeleteFunc(others, func(other *Truth) bool { return sameSweep(t, other) })
}

// sameSweep reports whether two ground truths have the same accuracies of all models that
// both have, as a hub and a part of it do.
func sameSweep(a, b *Truth) bool {
	for _, g := range Agreement(a, b) {
		if !slices.Equal(g.Scores, g.Accuracies) {
			return false
		}
	}
	return true
}

// A ScoreTable is raw scores of a hub's models that somebody published, as released: higher
// is better unless the note says otherwise.
type ScoreTable struct {
	Name   string // the hub, and whose scores they are: "supervised/model-spider"
	Source string
	Note   string   // what to know before reading them, "" for nothing
	Truths []string // names of the ground truths of the same models and datasets

	alias string // an older name
}

// PublishedScores returns the raw scores built in, in the order of their hubs. LoadScores
// reads them.
func PublishedScores() []ScoreTable {
	return []ScoreTable{
		{Name: "supervised/model-spider", alias: "model-spider", Source: "Model Spider (Zhang et al., NeurIPS 2023), released", Truths: supervised},
		{Name: "supervised/tll", Source: "thuml/Transfer-Learning-Library, examples/model_selection", Truths: supervised},
		{Name: "etran/cifar100", Source: "ETran (Gholami et al., ICCV 2023), outputs of the released notebook", Truths: supervised},
		{Name: "back-to-basics/released", Source: backToBasics, Note: "hscore of vit_small_patch16_224 is above its bound on three datasets", Truths: []string{"back-to-basics/full", "back-to-basics/frozen"}},
		{Name: "medmnist/architectures", Source: "DovileDo/transferability-in-medical-imaging, results/", Note: "its authors correlate 1 − leep, 1 − nleep, 1 − parc and 1 − ncti", Truths: []string{"medmnist/architectures"}},
		{Name: "medmnist/sources", Source: "DovileDo/transferability-in-medical-imaging, results/", Note: "sfda is constant on breastmnist and pneumoniamnist", Truths: []string{"medmnist/sources"}},
		{Name: "transfergraph/released", Source: "TransferGraph/transfergraph, transferability_score_records.csv", Truths: []string{"transfergraph/released", "transfergraph/best"}},
		{Name: "vlm/lovm", Source: "LOVM (Zohar et al., NeurIPS 2023), orrzohar/LOVM, modelGPT", Note: "intraclass-sim, inter-close, intra-close and superclass mostly rank inversely", Truths: []string{"vlm/lovm", "vlm/swab"}},
	}
}

var supervised = []string{"supervised/full", "supervised/tll", "supervised/last-block", "supervised/linear"}

// called reports whether users call s by that name.
func (s ScoreTable) called(name string) bool {
	return name == s.Name || name == s.alias && name != ""
}

// file is where scores built in are kept.
func (s ScoreTable) file() string {
	return "scores/" + strings.ReplaceAll(s.Name, "/", "-") + ".csv"
}
