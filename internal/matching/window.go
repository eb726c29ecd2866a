package matching

import (
	"slices"
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// eventKind orders events of one version: introduced comes first, so that a range which closes where it opens is empty.
type eventKind int

const (
	introduced eventKind = iota
	fixed
	lastAffected
)

// event is one step of a range, its version read once.
type event struct {
	kind eventKind
	at   ident.Version // zero: before every version (introduced "0")
	text string
}

// window is a stretch of versions between two events, as a reader writes it.
type window struct {
	from, to event
	closed   bool // a fixed or last_affected ends it
}

func (w window) String() string {
	parts := []string{}
	if w.from.text != "" && w.from.text != "0" {
		parts = append(parts, ">= "+w.from.text)
	}
	switch {
	case w.closed && w.to.kind == fixed:
		parts = append(parts, "< "+w.to.text)
	case w.closed:
		parts = append(parts, "<= "+w.to.text)
	}
	if len(parts) == 0 {
		return "all versions"
	}
	return strings.Join(parts, ", ")
}

// compiledRange is one ranges[] entry ready to be asked many times (OSV schema, "Evaluation").
type compiledRange struct {
	events     []event // sorted: records list them in any order
	limits     []event
	unlimited  bool // no limit, or one of them is "*"
	unreadable []string
}

func compileRange(ecosystem string, r intel.Range) compiledRange {
	c := compiledRange{unlimited: true}
	read := func(kind eventKind, text string) (event, bool) {
		if text == "0" && kind == introduced {
			return event{kind: kind, text: text}, true
		}
		v, err := ident.ParseVersion(ecosystem, text)
		if err != nil {
			c.unreadable = append(c.unreadable, text)
			return event{}, false
		}
		return event{kind: kind, at: v, text: text}, true
	}
	open := false
	for _, e := range r.Events {
		for kind, text := range [...]string{introduced: e.Introduced, fixed: e.Fixed, lastAffected: e.LastAffected} {
			if text == "" {
				continue
			}
			if ev, ok := read(eventKind(kind), text); ok {
				c.events = append(c.events, ev)
			}
		}
		switch {
		case e.Limit == "*":
			open = true
		case e.Limit != "":
			if ev, ok := read(fixed, e.Limit); ok {
				c.limits = append(c.limits, ev)
			}
		}
	}
	c.unlimited = open || len(c.limits) == 0
	slices.SortStableFunc(c.events, func(a, b event) int {
		if order := a.at.Compare(b.at); order != 0 {
			return order
		}
		return int(a.kind - b.kind)
	})
	return c
}

// holds walks the events as the schema says and answers with the window that v lies in.
func (c compiledRange) holds(v ident.Version) (window, bool) {
	if !c.unlimited && !slices.ContainsFunc(c.limits, func(l event) bool { return v.Compare(l.at) < 0 }) {
		return window{}, false
	}
	var w window
	affected := false
	for _, e := range c.events {
		order := v.Compare(e.at)
		switch e.kind {
		case introduced:
			if order >= 0 {
				if !affected {
					w = window{from: e}
				}
				affected = true
				continue
			}
		case fixed:
			if order >= 0 {
				affected = false
				continue
			}
		case lastAffected:
			if order > 0 {
				affected = false
				continue
			}
		}
		// the first event above v: it ends the window if it is one that ends
		if affected && !w.closed && e.kind != introduced {
			w.to, w.closed = e, true
		}
	}
	return w, affected
}

// String is the whole range, its windows joined by "or".
func (c compiledRange) String() string {
	var parts []string
	var w window
	open := false
	for _, e := range c.events {
		switch {
		case e.kind == introduced && !open:
			w, open = window{from: e}, true
		case e.kind != introduced && open:
			w.to, w.closed, open = e, true, false
			parts = append(parts, w.String())
		}
	}
	if open {
		parts = append(parts, w.String())
	}
	if len(parts) == 0 {
		return "no version"
	}
	text := strings.Join(parts, " or ")
	for _, l := range c.limits {
		text += ", only before " + l.text
	}
	return text
}
