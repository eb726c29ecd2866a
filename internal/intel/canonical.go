package intel

import (
	"slices"
	"time"
)

// canonical is the one spelling of a record among those that mean the same: what the database gives back is what was
// hashed, so a record that went through an export has the hash of the one that came from the feed. Empty lists are nil,
// times are whole microseconds in UTC. The caller's lists are left as they are.
func canonical(a Advisory) Advisory {
	a.Published, a.Modified, a.Withdrawn = instant(a.Published), instant(a.Modified), instant(a.Withdrawn)
	a.Severities, a.References = orNil(a.Severities), orNil(a.References)
	a.CWEs, a.Aliases, a.Upstream, a.Related = orNil(a.CWEs), orNil(a.Aliases), orNil(a.Upstream), orNil(a.Related)
	a.Tags = orNil(a.Tags)
	a.Affected = slices.Clone(orNil(a.Affected))
	for i := range a.Affected {
		e := &a.Affected[i]
		e.Versions = orNil(e.Versions)
		e.Ranges = slices.Clone(orNil(e.Ranges))
		for j := range e.Ranges {
			e.Ranges[j].Events = orNil(e.Ranges[j].Events)
		}
	}
	a.Configurations = slices.Clone(orNil(a.Configurations))
	for i := range a.Configurations {
		c := &a.Configurations[i]
		c.Nodes = slices.Clone(orNil(c.Nodes))
		for j := range c.Nodes {
			c.Nodes[j].Matches = orNil(c.Nodes[j].Matches)
		}
	}
	return a
}

func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// instant is a time as the database keeps it; zero stays zero.
func instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
