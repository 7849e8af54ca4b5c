package hubs

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gonum.org/v1/gonum/stat"

	"sfdalab/results"
)

// An Agreement is how well a metric agreed with accuracies where both are known.
type Agreement struct {
	Metric   string  // as sfdalab names it
	Tau      float64 // weighted: the mean over hubs of the mean over their datasets
	Hubs     int
	Datasets int // over all hubs
}

// released are the names that released scores have for metrics of ours.
var released = map[string]string{"etran-energy": "energy", "etran-lda": "lda", "hscore-reg": "hscore-shrunk", "pactran": "pactran-dirichlet"}

// ourName returns what sfdalab calls a metric of released scores.
func ourName(metric string) string {
	if ours, ok := released[metric]; ok {
		return ours
	}
	return metric
}

// AgreementsOf returns the agreement of each metric over hubs: the groups of each are of one
// set of models, by one metric on one dataset each.
func AgreementsOf(groups map[string][]results.Group) []Agreement {
	taus := map[string]map[string]map[string][]float64{} // by metric, hub and dataset
	for hub, of := range groups {
		for _, g := range of {
			if len(g.Models) < LeastCase || slices.Contains(noTargetData, g.Metric) {
				continue
			}
			name := ourName(g.Metric)
			if taus[name] == nil {
				taus[name] = map[string]map[string][]float64{}
			}
			if taus[name][hub] == nil {
				taus[name][hub] = map[string][]float64{}
			}
			taus[name][hub][g.Dataset] = append(taus[name][hub][g.Dataset], tauOrZero(g.Scores, g.Accuracies))
		}
	}
	var all []Agreement
	for name, byHub := range taus {
		a := Agreement{Metric: name, Hubs: len(byHub)}
		for _, hub := range slices.Sorted(maps.Keys(byHub)) { // in an order, as sums are rounded
			a.Tau += stat.Mean(meansOf(byHub[hub]), nil) / float64(a.Hubs)
			a.Datasets += len(byHub[hub])
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Agreement) int { return cmp.Or(cmp.Compare(b.Tau, a.Tau), cmp.Compare(a.Metric, b.Metric)) })
	return all
}

//go:embed data/agreement.csv
var agreementText []byte

// Agreements returns those over all that is built in, the highest first.
var Agreements = sync.OnceValue(func() []Agreement {
	all, err := ReadAgreements(bytes.NewReader(agreementText))
	if err != nil {
		panic(fmt.Sprintf("agreements, built in: %v", err)) // a test reads them
	}
	return all
})

// MetricsAgreement is what metrics count with together beside a prior: the mean of their
// own agreements, none below 0. As few hubs are known, each agreement is taken as if one
// hub more had the median of all metrics; one that is not known, such as a user's own, is
// that median.
func MetricsAgreement(names []string) float64 { return together(names, Agreements()) }

// together is MetricsAgreement by the agreements given, the highest first.
func together(names []string, all []Agreement) float64 {
	var sum float64
	for _, name := range names {
		sum += max(agreementOf(name, all), 0)
	}
	return sum / float64(max(len(names), 1))
}

// agreementOf returns the agreement of a metric, drawn to the median as MetricsAgreement says.
func agreementOf(name string, all []Agreement) float64 {
	name = ourName(name)
	var median float64
	if len(all) > 0 {
		median = all[len(all)/2].Tau
	}
	for _, a := range all {
		if a.Metric == name {
			return (a.Tau*float64(a.Hubs) + median) / float64(a.Hubs+1)
		}
	}
	return median
}

var agreementHeader = []string{"metric", "agreement", "hubs", "datasets"}

// WriteAgreements writes agreements as CSV.
func WriteAgreements(w io.Writer, all []Agreement) error {
	out := csv.NewWriter(w)
	_ = out.Write(agreementHeader) // Flush keeps the error
	for _, a := range all {
		_ = out.Write([]string{a.Metric, fmt.Sprintf("%.3f", a.Tau), strconv.Itoa(a.Hubs), strconv.Itoa(a.Datasets)})
	}
	out.Flush()
	return out.Error()
}

// ReadAgreements reads what WriteAgreements wrote.
func ReadAgreements(r io.Reader) (all []Agreement, err error) {
	err = readRows(r, agreementHeader, func(row []string) error {
		a := Agreement{Metric: row[0]}
		_, err := fmt.Sscan(strings.Join(row[1:], " "), &a.Tau, &a.Hubs, &a.Datasets)
		all = append(all, a)
		return err
	})
	if err == nil && all == nil {
		err = errors.New("no agreement")
	}
	return all, err
}

// readRows reads a CSV of these columns, and has each row below the header read.
func readRows(r io.Reader, header []string, read func(row []string) error) error {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return err
	}
	if len(rows) == 0 || !slices.Equal(rows[0], header) {
		return fmt.Errorf("want the columns %s", strings.Join(header, ", "))
	}
	for i, row := range rows[1:] {
		if err := read(row); err != nil {
			return fmt.Errorf("row %d: %w", i+2, err)
		}
	}
	return nil
}
