package main

import (
	"errors"
	"strings"
	"testing"
)

func TestGoReport(t *testing.T) {
	t.Parallel()
	const pkg = `"Package":"github.com/threatwerk/threatwerk/internal/x"`
	cases := []struct {
		name, in string
		want     counts
		says     []string
		silent   string
	}{
		{
			name: "passes, a subtest, a skip",
			in: `{"Action":"output",` + pkg + `,"Test":"TestA","Output":"chatter\n"}
{"Action":"pass",` + pkg + `,"Test":"TestA/sub"}
{"Action":"pass",` + pkg + `,"Test":"TestA"}
{"Action":"output",` + pkg + `,"Test":"TestB","Output":"    b_test.go:3: test data absent in a public clone: y\n"}
{"Action":"skip",` + pkg + `,"Test":"TestB"}
{"Action":"pass",` + pkg + `,"Elapsed":1.5}`,
			want: counts{2, 0, 1}, says: []string{"ok   internal/x (1.5 s)"}, silent: "chatter",
		},
		{
			name: "a failed test shows its output once",
			in: `{"Action":"output",` + pkg + `,"Test":"TestA","Output":"    a_test.go:9: got 1\n"}
{"Action":"fail",` + pkg + `,"Test":"TestA"}
{"Action":"fail",` + pkg + `}`,
			want: counts{0, 1, 0}, says: []string{"FAIL internal/x TestA", "got 1"},
		},
		{
			name: "a package that does not build",
			in: `{"ImportPath":"github.com/threatwerk/threatwerk/internal/x","Action":"build-output","Output":"x.go:1: undefined: y\n"}
{"ImportPath":"github.com/threatwerk/threatwerk/internal/x","Action":"build-fail"}
{"Action":"fail",` + pkg + `,"FailedBuild":"github.com/threatwerk/threatwerk/internal/x"}`,
			want: counts{0, 1, 0}, says: []string{"undefined: y"},
		},
		{
			name: "a process that died in the middle",
			in: `{"Action":"run",` + pkg + `,"Test":"TestA"}
{"Action":"output",` + pkg + `,"Test":"TestA","Output":"fatal error: all goroutines are asleep\n"}
{"Action":"fail",` + pkg + `}`,
			want: counts{0, 1, 0}, says: []string{"unfinished: TestA", "asleep"},
		},
		{name: "nothing at all", in: "", want: counts{}},
	}
	for _, c := range cases {
		var out strings.Builder
		r := newGoReport(&out)
		if err := r.read(strings.NewReader(c.in)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if r.counts != c.want {
			t.Errorf("%s: %s, want %s", c.name, r.counts, c.want)
		}
		for _, words := range c.says {
			if strings.Count(out.String(), words) != 1 {
				t.Errorf("%s: want %q once in:\n%s", c.name, words, out.String())
			}
		}
		if c.silent != "" && strings.Contains(out.String(), c.silent) {
			t.Errorf("%s: %q is noise", c.name, c.silent)
		}
	}
}

func TestSkipsAreTold(t *testing.T) {
	t.Parallel()
	if got := reason("=== RUN   TestB\n    b_test.go:3: test data absent: y\n--- SKIP: TestB (0.00s)\n"); got != "test data absent: y" {
		t.Errorf("reason %q", got)
	}
}

func TestAProgramsErrorIsNotLost(t *testing.T) {
	t.Parallel()
	if got := judged(counts{passed: 3}, errors.New("exit status 1")); got != (counts{3, 1, 0}) {
		t.Errorf("an error beside three passes: %s", got)
	}
	if got := lastCounts("1 passed, 0 failed, 0 skipped\nlater\n4 passed, 1 failed, 2 skipped\n"); got != (counts{4, 1, 2}) {
		t.Errorf("the last line of counts: %s", got)
	}
	if got := lastCounts("all is well\n"); got.failed != 1 {
		t.Errorf("no counts at all: %s", got)
	}
}
