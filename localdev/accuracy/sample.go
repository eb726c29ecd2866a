package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"sort"
	"strings"
)

// claim is a pair that only we have.
type claim struct {
	document string
	pair     pair
	evidence evidence
}

// stratum tells the kinds apart that differ in why only we have them.
func (c claim) stratum() string {
	switch {
	case strings.HasPrefix(c.pair.purl, "pkg:deb"):
		return "deb"
	case strings.HasSuffix(c.document, ".spdx") && strings.HasPrefix(c.pair.purl, "pkg:golang"):
		return "go tag-value"
	}
	return "others"
}

// writeSample lists n of the pairs that no peer has, the strata in turn, drawn by the seed alone.
func (a *accuracy) writeSample(w io.Writer, n int, seed uint64) {
	strata := map[string][]claim{}
	total := 0
	for name, ours := range a.answers {
		for p, e := range ours.claims {
			if c := (claim{name, p, e}); !a.theirs[name][p] {
				strata[c.stratum()] = append(strata[c.stratum()], c)
				total++
			}
		}
	}
	order := []string{"deb", "go tag-value", "others"}
	random := rand.New(rand.NewPCG(seed, seed))
	for _, s := range order {
		list := strata[s]
		sort.Slice(list, func(i, j int) bool {
			x, y := list[i], list[j]
			return x.document+" "+x.pair.purl+" "+x.pair.id < y.document+" "+y.pair.purl+" "+y.pair.id
		})
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	fmt.Fprintf(w, "ONLY OURS: %d pairs that no peer has", total)
	for _, s := range order {
		fmt.Fprintf(w, ", %d %s", len(strata[s]), s)
	}
	fmt.Fprintf(w, "; %d of them by seed %d\n\n| stratum | document | component | advisory | entry | range |\n| --- | --- | --- | --- | --- | --- |\n", n, seed)
	for left, round := n, 0; left > 0; round++ {
		drawn := false
		for _, s := range order {
			if round >= len(strata[s]) || left == 0 {
				continue
			}
			c := strata[s][round]
			fmt.Fprintf(w, "| %s | %s | %s | %s | %s %s | %s |\n", s, c.document, c.pair.purl, c.pair.id, c.evidence.Ecosystem, c.evidence.Package, c.evidence.Range)
			drawn = true
			left--
		}
		if !drawn {
			return
		}
	}
}
