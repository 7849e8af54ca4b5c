package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestPublished holds figures of the list to what SciPy's weightedtau gives for the
// same scores, and to what the papers print.
func TestPublished(t *testing.T) {
	code, stdout, stderr := sfdalab(t, "published")
	if code != done || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, want := range []string{
		`LogME on pets +0\.411 +0\.42[89] +0\.01[78] +ours is of 10 of the 11 models`,
		`PARC on aircraft +-0\.030 +– +– `,
		`SFDA on pets +0\.\d+ +– +– +no scores of sfda`,
		`models: of the supervised, .* +33\.0 +33\.0 +0\.0`,
		`average gain over NLEEP: of the mean τ, 12 self-supervised models +59\.1 +59\.3 +0\.2`,
		`wall-clock NLEEP on voc2007 +678\.8 +– +– +seconds on the authors' machine`,
	} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

func TestPublishedAgainstOwnScores(t *testing.T) {
	path := write(t, t.TempDir(), "scores.csv", "dataset,model,metric,score\npets,resnet34,sfda,1\npets,resnet50,sfda,2\n")
	code, stdout, stderr := sfdalab(t, "published", "--scores", path)
	if code != done || !strings.Contains(stdout, "ours is of 2 of the 11 models") {
		t.Errorf("exit %d: %s\n%s", code, stderr, stdout)
	}
}
