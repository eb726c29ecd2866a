package main

import (
	"context"
	"fmt"
	"sort"
	"text/tabwriter"
)

// class is why a pair is only theirs.
type class string

// verdict is what a class means for the recall.
type verdict string

const (
	undecided verdict = "undecided" // the document does not say enough; we show it, and do not count it
	wrong     verdict = "theirs is wrong"
	missed    verdict = "missed" // ours is wrong
)

// classes say of each class what it means and why. One that is not here counts as missed.
var classes = map[class]struct {
	verdict verdict
	why     string
}{
	"possible: release_unknown":     {undecided, "the document names no release of the distribution, and each has fixes of its own; the reference matches every release and calls it uncertain itself"},
	"possible: pseudo_version":      {undecided, "a Go commit that no tag of the fixed line precedes: it may hold the fix (case 20)"},
	"possible: last_known_affected": {undecided, "above the last version known to be affected, and no fix is named (case 12)"},
	"not covered: no_version":       {undecided, "the document gives no version; the peer takes that for every version (case 8)"},
	"other_release":                 {wrong, "the record is for another release of the distribution, which the peer does not look at (case 18)"},
	"not_in_range":                  {wrong, "by the record's own range the version is not affected"},
	"withdrawn":                     {wrong, "the record was withdrawn"},
	"no_entry":                      {wrong, "the record names another package: npm's jQuery is not jquery, and etcd's client/pkg/v3 is not client/v3"},
}

// classify says why a pair that a peer has is none of ours.
func (a *accuracy) classify(ctx context.Context, ours *answer, p pair) (class, string, error) {
	if rule := ours.possible[p]; rule != "" {
		return class("possible: " + rule), "", nil
	}
	if reason := ours.notCovered[p.purl]; reason != "" {
		return class("not covered: " + reason), "", nil
	}
	if !ours.purls[p.purl] {
		return "package not seen", "", nil
	}
	rule, words, err := a.explain(ctx, p)
	return judge(class(rule), p), words, err
}

// judge keeps a class that says "theirs is wrong" for the pairs that a person has judged so.
func judge(c class, p pair) class {
	if classes[c].verdict == wrong && !judged[p] {
		return c + " (not judged yet)"
	}
	return c
}

type tally struct {
	both, ours, theirs int
	classes            map[class]int
}

func (t *tally) add(o tally) {
	t.both += o.both
	t.ours += o.ours
	t.theirs += o.theirs
	for c, n := range o.classes {
		t.classes[c] += n
	}
}

func (t tally) String() string { return fmt.Sprintf("%d\t%d\t%d", t.both, t.ours, t.theirs) }

// of counts the pairs of a verdict.
func (t tally) of(v verdict) int {
	n := 0
	for c, count := range t.classes {
		known, ok := classes[c]
		if ok && known.verdict == v || !ok && v == missed {
			n += count
		}
	}
	return n
}

// recall is the share in percent of those pairs that document and record decide and that are right.
func (t tally) recall() float64 { return percent(t.both, t.both+t.of(missed)) }

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

func (t tally) report(w *tabwriter.Writer, peer string) {
	names := make([]string, 0, len(t.classes))
	for c := range t.classes {
		names = append(names, string(c))
	}
	sort.Strings(names)
	fmt.Fprintf(w, "ONLY THEIRS: %s\tPAIRS\tVERDICT\tWHY\n", peer)
	for _, name := range names {
		c, known := classes[class(name)]
		if !known {
			c.verdict, c.why = missed, "no reason is known: look with -detail"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", name, t.classes[class(name)], c.verdict, c.why)
	}
	all := t.both + t.theirs
	fmt.Fprintf(w, "recall, nothing set aside: %d of %d\t%.2f %%\n", t.both, all, percent(t.both, all))
	fmt.Fprintf(w, "recall over those that are right and decided: %d of %d\t%.2f %%\t(set aside: %d undecided, %d wrong)\n",
		t.both, t.both+t.of(missed), t.recall(), t.of(undecided), t.of(wrong))
	fmt.Fprintf(w, "shown, as finding, to check, or not covered: %d of %d\t%.2f %%\n\n", t.both+t.of(undecided), all, percent(t.both+t.of(undecided), all))
}
