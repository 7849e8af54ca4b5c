package hubs

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// claims returns lines of Markdown, each a claim of a paper beside what its own raw scores
// or accuracies give. What papers print is theirs; what stands beside it is computed here,
// unless a line says otherwise.
func claims() ([]string, error) {
	full, err := results.LoadTruth("supervised/full")
	if err != nil {
		return nil, err
	}
	etran, err := etranOnCIFAR100()
	if err != nil {
		return nil, err
	}
	med, err := medMNIST()
	if err != nil {
		return nil, err
	}
	return []string{
		fmt.Sprintf("SFDA (Shao et al., ECCV 2022) claims an average gain over NLEEP of 59.1 %%. The mean weighted τ that its authors and PED's print give %s.", gainsOverNLEEP()),
		fmt.Sprintf("ETran (Gholami et al., ICCV 2023) prints 0.900 for CIFAR-100: its raw scores, 0.85 LDA + 0.15 energy, each scaled to [0, 1], give %.3f. This checks one dataset.", etran),
		fmt.Sprintf("MedMNIST's authors correlate 1 − LEEP, 1 − NLEEP, 1 − PARC and 1 − NCTI. So the correlations that they print for these four have the opposite sign of those of the raw scores, whose mean weighted τ is %s.", med),
		"The README of the Transfer Learning Library prints 64 correlations; 62 can be checked with its scores and accuracies. 40 agree within 0.0025. 6 of LogME differ a little, because its scores are rounded. 16 differ much: all of Aircraft and of Pets. (This is not computed here: it was counted once from the README at c4aa59e, whose figures are not built in.)",
		fmt.Sprintf("\"How NOT to benchmark your SITE metric\" (arXiv 2510.06448) reports 0.91 for a fixed list. The best fixed order of the %d supervised CNNs that we found, with hindsight, reaches %.3f on their %d datasets. So 0.91 must come from other models or datasets, or from another mean.", len(modelsOf(full)), bestFixedOrder(full), len(full.Datasets())),
	}, nil
}

// gainsOverNLEEP lists the readings of SFDA's claim.
func gainsOverNLEEP() string {
	const claim = "average gain over NLEEP: of the mean τ, "
	var all []string
	for _, f := range results.Readings() {
		if reading, ok := strings.CutPrefix(f.What, claim); ok {
			all = append(all, fmt.Sprintf("%.1f %% for %s", f.Ours, strings.Replace(reading, "both groups", "both", 1)))
		}
	}
	return strings.Join(all, ", ")
}

// etranOnCIFAR100 is the weighted τ of the score that ETran's notebook combines.
func etranOnCIFAR100() (float64, error) {
	_, groups, err := read("supervised/full", "etran/cifar100")
	if err != nil {
		return 0, err
	}
	sum := make([]float64, len(groups[0].Models))
	for _, g := range groups {
		weight := map[string]float64{"etran-lda": 0.85, "etran-energy": 0.15}[g.Metric]
		lo, hi := floats.Min(g.Scores), floats.Max(g.Scores)
		for i, v := range g.Scores {
			sum[i] += weight * (v - lo) / (hi - lo)
		}
	}
	return results.WeightedTau(sum, groups[0].Accuracies), nil
}

// medMNIST lists the mean weighted τ of the raw scores of metrics whose sign its authors turn.
func medMNIST() (string, error) {
	const name = "medmnist/architectures"
	_, groups, err := read(name, name)
	if err != nil {
		return "", err
	}
	taus := map[string][]float64{}
	for _, g := range groups {
		taus[g.Metric] = append(taus[g.Metric], results.WeightedTau(g.Scores, g.Accuracies))
	}
	var all []string
	for _, metric := range []string{"leep", "nleep", "parc", "ncti"} {
		all = append(all, fmt.Sprintf("%.3f (%s)", stat.Mean(taus[metric], nil), metric))
	}
	return strings.Join(all, ", "), nil
}

// bestFixedOrder returns the highest mean weighted τ over datasets of one order of all
// models that exchanging two of them finds, from the order of their mean ranks.
func bestFixedOrder(truth *results.Truth) float64 {
	models := modelsOf(truth)
	order := make([]float64, len(models))
	var accuracies [][]float64
	for _, dataset := range truth.Datasets() {
		of := make([]float64, len(models))
		for i, m := range models {
			of[i], _ = truth.Accuracy(dataset, m)
		}
		accuracies = append(accuracies, of)
		floats.Add(order, standardRanks(of))
	}
	mean := func() float64 {
		var taus []float64
		for _, of := range accuracies {
			taus = append(taus, results.WeightedTau(order, of))
		}
		return stat.Mean(taus, nil)
	}
	best := mean()
	for better := true; better; {
		better = false
		for i := range order {
			for j := range i {
				order[i], order[j] = order[j], order[i]
				if v := mean(); v > best {
					best, better = v, true
				} else {
					order[i], order[j] = order[j], order[i]
				}
			}
		}
	}
	return best
}
