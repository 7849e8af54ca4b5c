package main

import "testing"

func TestWrapped(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"short", "short"},
		{"warning: one two three four five", "warning: one two\n  three four\n  five"},
		{"seed   one two three", "seed   one two\n       three"},
		{"  a list of things too", "  a list of\n  things too"},
		{"a /path/that/is/longer b", "a\n/path/that/is/longer\nb"},
		{"/path/that/is/longer", "/path/that/is/longer"},
		{"two lines\nof a text that wraps", "two lines\nof a text that\nwraps"},
		{"größer größer größer", "größer größer\ngrößer"},
	} {
		if got := wrapped(c.text, 16); got != c.want {
			t.Errorf("%q\nis %q\nwant %q", c.text, got, c.want)
		}
		if got := wrapped(c.text, 0); got != c.text {
			t.Errorf("%q without a width is %q", c.text, got)
		}
	}
}

func TestExamplesContinue(t *testing.T) {
	const command = "  sfdalab score --metric sfda,leep --seed 1  # of one model"
	const want = "  # of one model\n  sfdalab score --metric \\\n      sfda,leep --seed 1"
	if got := examples(command, 30); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
