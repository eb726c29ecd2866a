package sbom

import (
	"net/url"
	"slices"
	"strings"
)

// resolve turns reference edges into edges between ordinals, warning once for each reference that does not resolve.
func (b *builder) resolve(formatPlace func(place int) string) {
	b.gather()
	b.matchEscaped()
	for i := range b.refs {
		s := &b.refs[i]
		switch {
		case s.count > 1:
			b.warn(b.firstCarrier(s.name), "duplicate_ref", "%d components carry the reference %q; no dependency is guessed between them",
				s.count, shorten(s.name))
		case s.target == refUnknown && s.used:
			b.warn(formatPlace(int(s.place)), "dangling_ref", "the reference %q leads to nothing in this document", shorten(s.name))
		}
	}
	edges := append(make([]Edge, 0, len(b.edges)+len(b.doc.Edges)), b.doc.Edges...)
	for _, e := range b.edges {
		from, to := b.refs[e.from].target, b.refs[e.to].target
		if from >= Root && to >= 0 && from != to {
			edges = append(edges, Edge{From: int(from), To: int(to)})
		}
	}
	slices.SortFunc(edges, func(x, y Edge) int {
		if x.From != y.From {
			return x.From - y.From
		}
		return x.To - y.To
	})
	b.doc.Edges = slices.Clip(slices.Compact(edges))
	b.edges = nil
}

// matchEscaped resolves references that differ from their component's only by percent signs: cdxgen has written
// "pkg:npm/%40scope/a@1" in one place and "pkg:npm/@scope/a@1" in the other.
func (b *builder) matchEscaped() {
	plain := make(map[string]int32)
	for i := range b.refs {
		if s := &b.refs[i]; s.target >= Root && strings.Contains(s.name, "%") {
			if name, err := url.PathUnescape(s.name); err == nil {
				plain[name] = s.target
			}
		}
	}
	for i := range b.refs {
		s := &b.refs[i]
		if s.target != refUnknown || !s.used {
			continue
		}
		if target, ok := plain[s.name]; ok {
			s.target = target
		}
	}
}

// drop takes a component out of the list and moves the ordinals behind it.
func (b *builder) drop(n int) {
	b.doc.Components = slices.Delete(b.doc.Components, n, n+1)
	moved := make(map[int]hint, len(b.extra))
	for i, h := range b.extra {
		switch {
		case i > n:
			moved[i-1] = h
		case i < n:
			moved[i] = h
		}
	}
	b.extra = moved
	for i := range b.refs {
		if int(b.refs[i].target) > n {
			b.refs[i].target--
		}
	}
	for i := range b.distros {
		switch d := &b.distros[i]; {
		case d.ordinal == n:
			d.ordinal = Root
		case d.ordinal > n:
			d.ordinal--
		}
	}
}

func (b *builder) firstCarrier(ref string) string {
	for i := range b.size() {
		if r := b.at(i).Ref; r == ref || b.doc.Format == SPDX && spdxID(r) == ref {
			return b.doc.Components[i].Path
		}
	}
	return "/"
}
