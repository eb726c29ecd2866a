package live

import (
	"slices"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// Message is what a client is told. Without products: anywhere that it may see.
type Message struct {
	Kind     string
	Products []int64
	Releases []int64
}

// mostPlaces bounds what is remembered of one kind until it is told; more of them are told as "anywhere".
const mostPlaces = 200

// pending is what is still to be told, merged, so that its size has a bound however much happens.
type pending struct {
	everything bool
	kinds      map[string]*extent
}

// extent is where changes of one kind happened. places nil: anywhere.
type extent struct{ places map[Place]struct{} }

func (p *pending) empty() bool { return !p.everything && len(p.kinds) == 0 }

// add notes a change of a kind in some places, or anywhere. It reports whether that was news.
func (p *pending) add(kind string, places []Place) bool {
	if p.everything {
		return false
	}
	if kind == Everything {
		*p = pending{everything: true}
		return true
	}
	held, ok := p.kinds[kind]
	switch {
	case !ok:
		if p.kinds == nil {
			p.kinds = map[string]*extent{}
		}
		held = &extent{places: map[Place]struct{}{}}
		p.kinds[kind] = held
	case held.places == nil:
		return false
	}
	if len(places) == 0 {
		held.places = nil
		return true
	}
	for _, place := range places {
		held.places[place] = struct{}{}
	}
	if len(held.places) > mostPlaces {
		held.places = nil
	}
	return true
}

// within adds to a client's what it may see of p. What happened anywhere is told to everyone: it names nothing.
func (p *pending) within(see access.Scope, to *pending) (news bool) {
	if p.everything {
		return to.add(Everything, nil)
	}
	for kind, where := range p.kinds {
		if where.places == nil {
			news = to.add(kind, nil) || news
			continue
		}
		var visible []Place
		for place := range where.places {
			if see.Has(place.Product) {
				visible = append(visible, place)
			}
		}
		if len(visible) > 0 {
			news = to.add(kind, visible) || news
		}
	}
	return news
}

// take empties p into messages, one a kind, in order of their names.
func (p *pending) take() []Message {
	if p.everything {
		*p = pending{}
		return []Message{{Kind: Everything}}
	}
	out := make([]Message, 0, len(p.kinds))
	for kind, where := range p.kinds {
		m := Message{Kind: kind}
		for place := range where.places {
			m.Products = append(m.Products, place.Product)
			if place.Release != 0 {
				m.Releases = append(m.Releases, place.Release)
			}
		}
		slices.Sort(m.Products)
		m.Products = slices.Compact(m.Products)
		slices.Sort(m.Releases)
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Message) int {
		if a.Kind < b.Kind {
			return -1
		}
		return 1
	})
	*p = pending{}
	return out
}
