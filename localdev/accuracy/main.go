// Command accuracy scans the shared documents with the built binary and compares the answer, pair by pair, with what other
// tools and a reference matcher say: in both, only ours, only theirs. Every pair that only they have is put into a class with the reason,
// and the recall is stated twice: with nothing set aside, and over the pairs that document and record decide. With -sample it lists pairs
// that only we have, drawn by a seed, for a person to judge. It needs DATABASE_URL with the shared advisories imported
// (`make accuracy` does that).
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"text/tabwriter"
)

func main() {
	var (
		data   = flag.String("data", "../shared/data", "folder with sboms and baselines")
		binary = flag.String("binary", "bin/threatwerk", "the built binary")
		peers  = flag.String("peers", "reference,osv-scanner,grype,trivy", "baselines to compare with")
		only   = flag.String("only", "", "part of a document's name; empty: all")
		detail = flag.Int("detail", 0, "list up to this many differing pairs a document and peer")
		least  = flag.Float64("least", 0, "fail where the recall over what is decided is below this many percent")
		sample = flag.Int("sample", 0, "list this many of the pairs that only we have, as a table to judge")
		seed   = flag.Uint64("seed", 1, "of the sample")
	)
	flag.Parse()
	a := accuracy{data: *data, binary: *binary, only: *only, detail: *detail, answers: map[string]*answer{}}
	err := a.run(context.Background(), strings.Split(*peers, ","), *least)
	if err == nil && *sample > 0 {
		a.writeSample(os.Stdout, *sample, *seed)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

type accuracy struct {
	data, binary, only string
	detail             int
	answers            map[string]*answer       // by document name
	theirs             map[string]map[pair]bool // by document name: what any peer says
}

// pair is one claim: this package is reached by this record.
type pair struct{ purl, id string }

// answer is what we say of one document.
type answer struct {
	confirmed  map[pair]bool     // by every id of the vulnerability
	claims     map[pair]evidence // by the advisories that matched
	possible   map[pair]string   // rule
	notCovered map[string]string
	purls      map[string]bool
	refused    string
}

// baseline is what a peer says of one document; uncertain pairs are its own doubts.
type baseline struct {
	pairs     map[pair]bool
	uncertain map[pair]bool
}

func (a *accuracy) run(ctx context.Context, peers []string, least float64) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	a.theirs = map[string]map[pair]bool{}
	whole := tally{classes: map[class]int{}}
	counted := map[string]map[pair]bool{}
	for _, peer := range peers {
		documents, err := a.load(peer)
		if err != nil {
			return err
		}
		names := make([]string, 0, len(documents))
		for name := range documents {
			if strings.Contains(name, a.only) {
				names = append(names, name)
			}
		}
		sort.Strings(names)
		fmt.Fprintf(w, "AGAINST %s\tBOTH\tONLY OURS\tONLY THEIRS\n", peer)
		total := tally{classes: map[class]int{}}
		for _, name := range names {
			ours, err := a.scan(ctx, name)
			if err != nil {
				return err
			}
			t, err := a.compare(ctx, w, peer, name, ours, documents[name], counted, &whole)
			if err != nil {
				return err
			}
			total.add(t)
		}
		fmt.Fprintf(w, "total of %d\t%s\n\n", len(names), total)
		total.report(w, peer)
	}
	whole.report(w, "all of them together, each pair once")
	if err := w.Flush(); err != nil {
		return err
	}
	if got := whole.recall(); got < least {
		return fmt.Errorf("recall over what is decided is %.2f %%, below %.2f %%", got, least)
	}
	return nil
}

func (a *accuracy) compare(ctx context.Context, w *tabwriter.Writer, peer, name string, ours *answer, theirs baseline, counted map[string]map[pair]bool, whole *tally) (tally, error) {
	t := tally{classes: map[class]int{}}
	var lines []string
	if ours.refused != "" {
		lines = append(lines, "  refused: "+ours.refused)
	}
	if a.theirs[name] == nil {
		a.theirs[name], counted[name] = map[pair]bool{}, map[pair]bool{}
	}
	for p := range theirs.pairs {
		a.theirs[name][p] = true
		first := !counted[name][p]
		counted[name][p] = true
		if ours.confirmed[p] {
			t.both++
			if first {
				whole.both++
			}
			continue
		}
		c, words, err := a.classify(ctx, ours, p)
		if err != nil {
			return t, err
		}
		t.theirs++
		t.classes[c]++
		if first {
			whole.theirs++
			whole.classes[c]++
		}
		lines = append(lines, fmt.Sprintf("  theirs\t%s %s (%s) %s", p.purl, p.id, c, words))
	}
	for p := range ours.claims {
		if !theirs.pairs[p] && comparable(peer, p) {
			t.ours++
			lines = append(lines, fmt.Sprintf("  ours\t%s %s", p.purl, p.id))
		}
	}
	fmt.Fprintf(w, "%s\t%s\n", name, t)
	sort.Strings(lines)
	for i, l := range lines {
		if i == a.detail {
			break
		}
		fmt.Fprintln(w, l)
	}
	return t, nil
}

// comparable leaves out of "only ours" what a peer's database does not hold: the language tools were given no distribution
// data, and trivy answers by CVE.
func comparable(peer string, p pair) bool {
	purl := p.purl
	switch peer {
	case "trivy":
		return false
	case "grype":
		return !strings.HasPrefix(purl, "pkg:deb") && !strings.HasPrefix(purl, "pkg:apk") && !strings.HasPrefix(purl, "pkg:rpm")
	}
	return true
}
