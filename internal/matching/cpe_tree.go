package matching

import (
	"fmt"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// cpeTree is a configuration made ready: a leaf, or branches joined by AND (all) or OR.
type cpeTree struct {
	all      bool
	negate   bool
	branches []*cpeTree
	leaf     *cpeLeaf
}

func compileTree(c intel.Configuration, ordinal int) *cpeTree {
	root := &cpeTree{all: strings.EqualFold(c.Operator, "AND"), negate: c.Negate}
	for i, n := range c.Nodes {
		node := &cpeTree{all: strings.EqualFold(n.Operator, "AND"), negate: n.Negate}
		for j, m := range n.Matches {
			place := fmt.Sprintf("configurations[%d].nodes[%d].cpeMatch[%d]", ordinal, i, j)
			node.branches = append(node.branches, &cpeTree{leaf: compileLeaf(m, place)})
		}
		if len(node.branches) > 0 {
			root.branches = append(root.branches, node)
		}
	}
	return root
}

// Platforms are the CPEs of a whole document, which a record's platforms are looked for among.
type Platforms struct{ byKey map[string][]cpeName }

// NewPlatforms reads them.
func NewPlatforms(components []Component) *Platforms {
	p := &Platforms{byKey: map[string][]cpeName{}}
	for _, c := range components {
		for _, n := range readNames(c) {
			p.byKey[n.cpe.Key()] = append(p.byKey[n.cpe.Key()], n)
		}
	}
	return p
}

func (p *Platforms) bearing(l *cpeLeaf) []cpeName {
	if p == nil || l.unread {
		return nil
	}
	if key := l.cpe.Key(); key != "" && l.cpe[ident.CPEPart] != ident.AnyValue {
		return p.byKey[key]
	}
	var out []cpeName
	for _, names := range p.byKey {
		if l.bears(names[0]) {
			out = append(out, names...)
		}
	}
	return out
}

// cpeSubject is a component, its CPEs read, and what else is in its document (nil: unknown).
type cpeSubject struct {
	names     []cpeName
	platforms *Platforms
}

// hit is a reply with the match string and the name that gave it.
type hit struct {
	reply
	leaf    *cpeLeaf
	name    cpeName
	negated bool
}

// ask evaluates the tree for a subject. whole is what the tree comes to; through what it comes to where a match string that names
// the subject as vulnerable takes part in it: a platform never gets the match, nor does a neighbour in an OR. Under negation AND
// and OR change places and the leaves are inverted; an inverted leaf still speaks of its own product alone.
func (t *cpeTree) ask(s *cpeSubject, negated bool) (whole, through hit) {
	negated = negated != t.negate
	if t.leaf != nil {
		return t.askLeaf(s, negated)
	}
	if len(t.branches) == 0 {
		return hit{}, hit{}
	}
	all := t.all != negated
	for i, b := range t.branches {
		w, th := b.ask(s, negated)
		if i == 0 || all && w.answer < whole.answer || !all && w.answer > whole.answer {
			whole = w
		}
		if th.answer > through.answer {
			through = th
		}
	}
	if all && whole.answer < through.answer {
		through.reply = whole.reply
	}
	return whole, through
}

func (t *cpeTree) askLeaf(s *cpeSubject, negated bool) (whole, through hit) {
	own := best(t.leaf, s.names, negated)
	if own.leaf != nil {
		if t.leaf.vulnerable {
			through = own
		}
		return own, through
	}
	if there := best(t.leaf, s.platforms.bearing(t.leaf), negated); there.leaf != nil {
		return there, hit{}
	}
	words := fmt.Sprintf("platform %s not seen.", t.leaf.product())
	return hit{reply: reply{maybe, RulePlatform, words}, leaf: t.leaf}, hit{}
}

// best is the greatest answer that the leaf gives for a name of its product; without such a name the hit has no leaf.
func best(l *cpeLeaf, names []cpeName, negated bool) hit {
	var out hit
	for _, n := range names {
		if !l.bears(n) {
			continue
		}
		r := l.ask(n)
		if out.leaf == nil || r.answer > out.answer {
			out = hit{reply: r, leaf: l, name: n, negated: negated}
		}
	}
	if out.leaf != nil && negated {
		out.answer = yes - out.answer
	}
	return out
}
