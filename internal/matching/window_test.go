package matching

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// brute evaluates a range over small whole versions the way the OSV schema words it, without sorting tricks: it replays
// the events version by version.
func brute(events []intel.Event, v int) bool {
	number := func(s string) int {
		var n int
		if _, err := fmt.Sscanf(s, "%d.0.0", &n); err != nil {
			return -1 // "0": before everything
		}
		return n
	}
	affected, limited, below := false, false, false
	for _, e := range events {
		if e.Limit != "" {
			limited = true
			below = below || v < number(e.Limit)
		}
	}
	if limited && !below {
		return false
	}
	for at := -1; at <= v; at++ {
		for _, e := range events {
			if e.Introduced != "" && number(e.Introduced) == at {
				affected = true
			}
		}
		for _, e := range events {
			if e.Fixed != "" && number(e.Fixed) == at || e.LastAffected != "" && number(e.LastAffected) == at-1 {
				affected = false
			}
		}
		// a window that opens right after the last affected version of another stays open
		for _, e := range events {
			if e.Introduced != "" && number(e.Introduced) == at && !closedAt(events, at, number) {
				affected = true
			}
		}
	}
	return affected
}

func closedAt(events []intel.Event, at int, number func(string) int) bool {
	for _, e := range events {
		if e.Fixed != "" && number(e.Fixed) == at {
			return true
		}
	}
	return false
}

func TestRangesAgreeWithAModelThatReplaysEveryVersion(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 3000 {
		events := []intel.Event{{Introduced: "0"}}
		if r.IntN(2) == 0 {
			events[0].Introduced = fmt.Sprintf("%d.0.0", 1+r.IntN(9))
		}
		for range r.IntN(5) {
			v := fmt.Sprintf("%d.0.0", 1+r.IntN(12))
			switch r.IntN(4) {
			case 0:
				events = append(events, intel.Event{Introduced: v})
			case 1:
				events = append(events, intel.Event{Fixed: v})
			case 2:
				events = append(events, intel.Event{Limit: v})
			default:
				events = append(events, intel.Event{LastAffected: v})
			}
		}
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		c := compileRange("npm", intel.Range{Events: events})
		for v := 1; v <= 14; v++ {
			read, err := ident.ParseVersion("npm", fmt.Sprintf("%d.0.0", v))
			if err != nil {
				t.Fatal(err)
			}
			w, got := c.holds(read)
			if want := brute(events, v); got != want {
				t.Fatalf("round %d: %d.0.0 in %+v (%s): got %v, want %v", round, v, events, c, got, want)
			}
			if got && w.closed && w.to.kind == fixed && read.Compare(w.to.at) >= 0 {
				t.Fatalf("round %d: the window %s does not hold %d.0.0", round, w, v)
			}
		}
	}
}

func FuzzEvaluate(f *testing.F) {
	f.Add("npm", "1.0.0", "0", "2.0.0", "1.5.0", "<= 1.0")
	f.Add("Maven", "31.1-jre", "0", "32.0.0-android", "", ">= 1, < 2")
	f.Add("Red Hat", "1:1.12.8-9.el8", "0", "1:1.12.8-10.el8_2", "", "")
	f.Add("Go", "v0.0.0-20210101000000-aaaaaaaaaaaa", "0", "0.0.0-20220101000000-bbbbbbbbbbbb", "", "=")
	f.Fuzz(func(t *testing.T, ecosystem, version, from, to, last, known string) {
		c := Candidate{AdvisoryID: "TW-F", Vulnerabilities: []int64{1}, Affected: intel.Affected{
			Package: ident.Package{Ecosystem: ecosystem, Name: "x"}, Name: "x", LastKnownAffected: known, Versions: []string{last},
			Ranges: []intel.Range{{Events: []intel.Event{{Fixed: to}, {Introduced: from}, {LastAffected: last}}}},
		}}
		comp := Component{Identity: ident.Identity{Package: ident.Package{Ecosystem: ecosystem, Name: "x"}, Version: version, EpochMissing: true}}
		pkg := Compile([]Candidate{c})
		matches := pkg.Evaluate(comp)
		for _, m := range matches {
			if m.Evidence.Words == "" || m.Confidence == Possible && m.Reason == "" {
				t.Errorf("a match without words: %+v", m)
			}
		}
		up := pkg.Upgrades(comp, matches)
		if up.All != "" {
			next := comp
			next.Identity.Version, next.Identity.EpochMissing = up.All, false
			for _, m := range pkg.Evaluate(next) {
				if m.Confidence == Confirmed {
					t.Errorf("%s is offered as an upgrade and is affected: %+v", up.All, m)
				}
			}
		}
	})
}
