// Command accuracy scans the shared documents with the built binary and compares the answer, pair by pair, with what other
// tools and a reference matcher say: in both, only ours, only theirs. Every pair that only they have is listed with
// what we say of it (possible, not covered, or nothing), so that each can be explained. It needs DATABASE_URL with the
// shared advisories imported (`make accuracy` does that).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"text/tabwriter"

	"github.com/threatwerk/threatwerk/internal/ident"
)

func main() {
	var (
		data   = flag.String("data", "../shared/data", "folder with sboms and baselines")
		binary = flag.String("binary", "bin/threatwerk", "the built binary")
		peers  = flag.String("peers", "reference,osv-scanner,grype,trivy", "baselines to compare with")
		only   = flag.String("only", "", "part of a document's name; empty: all")
		detail = flag.Int("detail", 0, "list up to this many differing pairs a document and peer")
	)
	flag.Parse()
	a := accuracy{data: *data, binary: *binary, only: *only, detail: *detail, answers: map[string]*answer{}}
	if err := a.run(context.Background(), strings.Split(*peers, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

type accuracy struct {
	data, binary, only string
	detail             int
	answers            map[string]*answer // by document name
}

// pair is one claim: this package is reached by this record.
type pair struct{ purl, id string }

// answer is what we say of one document.
type answer struct {
	confirmed  map[pair]bool   // by every id of the vulnerability
	claims     map[pair]bool   // by the advisories that matched
	possible   map[pair]string // reason
	notCovered map[string]string
	purls      map[string]bool
	refused    string
}

// baseline is what a peer says of one document; uncertain pairs are its own doubts.
type baseline struct {
	pairs     map[pair]bool
	uncertain map[pair]bool
}

func (a *accuracy) run(ctx context.Context, peers []string) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
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
		fmt.Fprintf(w, "AGAINST %s\tBOTH\tONLY OURS\tONLY THEIRS\tOF THOSE POSSIBLE\tNOT COVERED\tUNCERTAIN\tSILENT\n", peer)
		var total tally
		for _, name := range names {
			ours, err := a.scan(ctx, name)
			if err != nil {
				return err
			}
			t := a.compare(w, peer, name, ours, documents[name])
			total.add(t)
		}
		fmt.Fprintf(w, "total of %d\t%s\n\n", len(names), total)
	}
	return w.Flush()
}

type tally struct{ both, ours, theirs, possible, notCovered, uncertain, silent int }

func (t *tally) add(o tally) {
	t.both += o.both
	t.ours += o.ours
	t.theirs += o.theirs
	t.possible += o.possible
	t.notCovered += o.notCovered
	t.uncertain += o.uncertain
	t.silent += o.silent
}

func (t tally) String() string {
	return fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t%d\t%d", t.both, t.ours, t.theirs, t.possible, t.notCovered, t.uncertain, t.silent)
}

func (a *accuracy) compare(w *tabwriter.Writer, peer, name string, ours *answer, theirs baseline) tally {
	var t tally
	var lines []string
	if ours.refused != "" {
		lines = append(lines, "  refused: "+ours.refused)
	}
	for p := range theirs.pairs {
		switch {
		case ours.confirmed[p]:
			t.both++
			continue
		case ours.possible[p] != "":
			t.possible++
			lines = append(lines, fmt.Sprintf("  theirs\t%s %s (possible: %s)", p.purl, p.id, ours.possible[p]))
		case theirs.uncertain[p]:
			t.uncertain++
		case ours.notCovered[p.purl] != "":
			t.notCovered++
			lines = append(lines, fmt.Sprintf("  theirs\t%s %s (not covered: %s)", p.purl, p.id, ours.notCovered[p.purl]))
		default:
			t.silent++
			seen := ""
			if !ours.purls[p.purl] {
				seen = " (purl unknown to us)"
			}
			lines = append(lines, fmt.Sprintf("  theirs\t%s %s%s", p.purl, p.id, seen))
		}
		t.theirs++
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
	return t
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

func canonical(purl string) string {
	// older tools write their own type; the identity has the registered one
	purl = strings.Replace(purl, "pkg:alpine/", "pkg:apk/alpine/", 1)
	p, err := ident.ParsePURL(purl)
	if err != nil {
		return purl
	}
	return p.String()
}

func (a *accuracy) scan(ctx context.Context, name string) (*answer, error) {
	if got := a.answers[name]; got != nil {
		return got, nil
	}
	cmd := exec.CommandContext(ctx, a.binary, "scan", "--format", "json", filepath.Join(a.data, "sboms", "real", name))
	cmd.Env = append(os.Environ(), "LOG_LEVEL=error")
	raw, err := cmd.Output()
	got := &answer{confirmed: map[pair]bool{}, claims: map[pair]bool{}, possible: map[pair]string{}, notCovered: map[string]string{}, purls: map[string]bool{}}
	a.answers[name] = got
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got.refused = strings.TrimSpace(string(exit.Stderr))
		return got, nil
	}
	if err != nil {
		return nil, err
	}
	var out struct {
		Components []struct {
			PURL            string
			Vulnerabilities []struct {
				ID         string
				Aliases    []string
				Advisories []string
				Confidence string
				Evidence   json.RawMessage
			}
		}
		NotCovered []struct{ PURL, Reason string } `json:"not_covered"`
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("%s: read the scan's JSON: %w", name, err)
	}
	for _, c := range out.Components {
		purl := canonical(c.PURL)
		got.purls[purl] = true
		for _, v := range c.Vulnerabilities {
			for _, id := range v.Advisories {
				if v.Confidence == "confirmed" {
					got.claims[pair{purl, id}] = true
				}
			}
			for _, id := range append(append([]string{v.ID}, v.Aliases...), v.Advisories...) {
				p := pair{purl, id}
				if v.Confidence == "confirmed" {
					got.confirmed[p] = true
				} else if got.possible[p] == "" {
					got.possible[p] = reasonOf(v.Evidence)
				}
			}
		}
	}
	for _, n := range out.NotCovered {
		got.purls[canonical(n.PURL)] = true
		got.notCovered[canonical(n.PURL)] = n.Reason
	}
	return got, nil
}

func reasonOf(evidence json.RawMessage) string {
	var list []struct{ Rule string }
	if json.Unmarshal(evidence, &list) == nil && len(list) > 0 {
		return list[0].Rule
	}
	var one struct{ Rule string }
	if json.Unmarshal(evidence, &one) == nil && one.Rule != "" {
		return one.Rule
	}
	return "possible"
}

func (a *accuracy) load(peer string) (map[string]baseline, error) {
	type match struct {
		PURL           string
		IDs            []string
		ReleaseUnknown bool `json:"release_unknown"`
	}
	documents := map[string][]match{}
	if peer == "reference" {
		var ref struct{ SBOMs map[string][]match }
		if err := readJSON(filepath.Join(a.data, "baselines", "reference", "data-sboms.json"), &ref); err != nil {
			return nil, err
		}
		documents = ref.SBOMs
	} else {
		files, err := filepath.Glob(filepath.Join(a.data, "baselines", peer, "*.json"))
		if err != nil || len(files) == 0 {
			return nil, fmt.Errorf("no baseline of %s under %s: a public clone has none", peer, a.data)
		}
		for _, f := range files {
			var one struct {
				SBOM    string
				Matches []match
			}
			if err := readJSON(f, &one); err != nil {
				return nil, err
			}
			documents[one.SBOM] = one.Matches
		}
	}
	out := make(map[string]baseline, len(documents))
	for name, matches := range documents {
		b := baseline{pairs: map[pair]bool{}, uncertain: map[pair]bool{}}
		for _, m := range matches {
			for _, id := range m.IDs {
				p := pair{canonical(m.PURL), id}
				b.pairs[p] = true
				if m.ReleaseUnknown {
					b.uncertain[p] = true
				}
			}
		}
		out[name] = b
	}
	return out, nil
}

func readJSON(file string, into any) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
