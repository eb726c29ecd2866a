package intel

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Several feeds carry the same record: GitHub's advisories come from GitHub and from OSV. The copies are one statement, of
// whoever wrote it; the newest copy speaks, and of two of one state the one that comes from the author.

// record names what two copies are copies of.
type record struct{ source, id string }

// fresher reports whether a copy of a record speaks before another.
func fresher(feedA, feedB, source string, modifiedA, modifiedB *time.Time) bool {
	switch {
	case modifiedA != nil && modifiedB == nil:
		return true
	case modifiedA == nil && modifiedB != nil:
		return false
	case modifiedA != nil && !modifiedA.Equal(*modifiedB):
		return modifiedA.After(*modifiedB)
	}
	own := strings.ToLower(source)
	if (feedA == own) != (feedB == own) {
		return feedA == own
	}
	return feedA < feedB
}

// speaking leaves one copy of each record.
func speaking(list []*statement) []*statement {
	at := make(map[record]int, len(list))
	out := make([]*statement, 0, len(list))
	for _, s := range list {
		key := record{s.Source, s.ID}
		i, copied := at[key]
		switch {
		case !copied:
			at[key] = len(out)
			out = append(out, s)
		case fresher(s.Feed, out[i].Feed, s.Source, s.Modified, out[i].Modified):
			out[i] = s
		}
	}
	return out
}

// arrange leaves one copy of each record, under the feeds that carry it, and puts the best source first, those that were
// withdrawn last.
func arrange(list []AdvisoryStatement) []AdvisoryStatement {
	at := make(map[record]int, len(list))
	out := list[:0]
	for _, a := range list {
		key := record{a.Source, a.ID}
		i, copied := at[key]
		if !copied {
			at[key] = len(out)
			out = append(out, a)
			continue
		}
		feeds := append(out[i].Feeds, a.Feeds...)
		if fresher(a.Feed, out[i].Feed, a.Source, a.Modified, out[i].Modified) {
			out[i] = a
		}
		slices.Sort(feeds)
		out[i].Feeds = feeds
	}
	slices.SortFunc(out, func(a, b AdvisoryStatement) int {
		return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Feed, b.Feed))
	})
	return out
}

func (a *AdvisoryStatement) order() int {
	rank := a.statement().rank()
	if a.Withdrawn != nil {
		rank += 10 * severalRank
	}
	return rank
}

// statement is what merging needs of it.
func (a *AdvisoryStatement) statement() *statement {
	s := &statement{
		Row: a.Row, Feed: a.Feed, Source: a.Source, ID: a.ID, Kind: a.Kind, Summary: a.Summary, Label: a.SeverityLabel,
		Published: a.Published, Modified: a.Modified, Withdrawn: a.Withdrawn, Several: a.Covers > 1, Status: a.Status,
		Tags: a.Tags,
	}
	if s.Summary == "" {
		s.Lead = a.details
	}
	s.rateBy(a.Vectors)
	return s
}
