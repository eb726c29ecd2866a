package bundle

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
)

// advisory is intel.Advisory on its way. The feed is the section's.
type advisory struct {
	ID             string                `json:"id"`
	Source         string                `json:"source,omitempty"`
	Kind           intel.Kind            `json:"kind"`
	Published      time.Time             `json:"published,omitzero"`
	Modified       time.Time             `json:"modified,omitzero"`
	Withdrawn      time.Time             `json:"withdrawn,omitzero"`
	Summary        string                `json:"summary,omitempty"`
	Details        string                `json:"details,omitempty"`
	Severities     []intel.Severity      `json:"severities,omitempty"`
	SeverityLabel  string                `json:"severity_label,omitempty"`
	References     []intel.Reference     `json:"references,omitempty"`
	CWEs           []string              `json:"cwes,omitempty"`
	Aliases        []string              `json:"aliases,omitempty"`
	Upstream       []string              `json:"upstream,omitempty"`
	Related        []string              `json:"related,omitempty"`
	URL            string                `json:"url,omitempty"`
	Affected       []affected            `json:"affected,omitempty"`
	Configurations []intel.Configuration `json:"configurations,omitempty"`
	Status         string                `json:"status,omitempty"`
	Tags           []string              `json:"tags,omitempty"`
}

// affected is intel.Affected on its way.
type affected struct {
	Ordinal           int           `json:"ordinal"`
	Ecosystem         string        `json:"ecosystem,omitempty"`
	Release           string        `json:"release,omitempty"`
	Match             string        `json:"match,omitempty"` // the folded name, where it differs
	Name              string        `json:"name,omitempty"`
	Ranges            []intel.Range `json:"ranges,omitempty"`
	Versions          []string      `json:"versions,omitempty"`
	LastKnownAffected string        `json:"last_known_affected,omitempty"`
	GitOnly           bool          `json:"git_only,omitempty"`
}

func fromAdvisory(a intel.Advisory) advisory {
	out := advisory{
		ID: a.ID, Source: a.Source, Kind: a.Kind, Published: a.Published, Modified: a.Modified, Withdrawn: a.Withdrawn,
		Summary: a.Summary, Details: a.Details, Severities: a.Severities, SeverityLabel: a.SeverityLabel, References: a.References,
		CWEs: a.CWEs, Aliases: a.Aliases, Upstream: a.Upstream, Related: a.Related, URL: a.URL, Configurations: a.Configurations,
		Status: a.Status, Tags: a.Tags,
	}
	for _, e := range a.Affected {
		w := affected{
			Ordinal: e.Ordinal, Ecosystem: e.Package.Ecosystem, Release: e.Package.Release, Name: e.Name, Ranges: e.Ranges,
			Versions: e.Versions, LastKnownAffected: e.LastKnownAffected, GitOnly: e.GitOnly,
		}
		if e.Package.Name != e.Name {
			w.Match = e.Package.Name
		}
		out.Affected = append(out.Affected, w)
	}
	return out
}

func (w advisory) advisory(feed string) intel.Advisory {
	a := intel.Advisory{
		Feed: feed, ID: w.ID, Source: w.Source, Kind: w.Kind, Published: w.Published, Modified: w.Modified, Withdrawn: w.Withdrawn,
		Summary: w.Summary, Details: w.Details, Severities: w.Severities, SeverityLabel: w.SeverityLabel, References: w.References,
		CWEs: w.CWEs, Aliases: w.Aliases, Upstream: w.Upstream, Related: w.Related, URL: w.URL, Configurations: w.Configurations,
		Status: w.Status, Tags: w.Tags,
	}
	for _, e := range w.Affected {
		match := e.Match
		if match == "" {
			match = e.Name
		}
		a.Affected = append(a.Affected, intel.Affected{
			Ordinal: e.Ordinal, Package: ident.Package{Ecosystem: e.Ecosystem, Release: e.Release, Name: match}, Name: e.Name,
			Ranges: e.Ranges, Versions: e.Versions, LastKnownAffected: e.LastKnownAffected, GitOnly: e.GitOnly,
		})
	}
	return a
}

func readAdvisory(line []byte, feed string) (intel.Advisory, error) {
	var w advisory
	if err := json.Unmarshal(line, &w); err != nil {
		return intel.Advisory{}, err
	}
	switch {
	case w.ID == "":
		return intel.Advisory{}, fmt.Errorf("it has no id")
	case w.Kind != intel.KindVulnerability && w.Kind != intel.KindMalware:
		return intel.Advisory{}, fmt.Errorf("%s is of the unknown kind %q", w.ID, w.Kind)
	}
	return w.advisory(feed), nil
}

// kevEntry is intel.KEVEntry on its way.
type kevEntry struct {
	CVE            string `json:"cve"`
	Added          string `json:"added"` // a day: "2026-11-24"
	Due            string `json:"due,omitempty"`
	Ransomware     bool   `json:"ransomware,omitempty"`
	Name           string `json:"name,omitempty"`
	RequiredAction string `json:"required_action,omitempty"`
	Notes          string `json:"notes,omitempty"`
}

func fromKEV(e intel.KEVEntry) kevEntry {
	w := kevEntry{
		CVE: e.CVE, Added: e.DateAdded.Format(time.DateOnly), Ransomware: e.Ransomware, Name: e.Name,
		RequiredAction: e.RequiredAction, Notes: e.Notes,
	}
	if !e.DueDate.IsZero() {
		w.Due = e.DueDate.Format(time.DateOnly)
	}
	return w
}

func readKEV(line []byte) (intel.KEVEntry, error) {
	var w kevEntry
	if err := json.Unmarshal(line, &w); err != nil {
		return intel.KEVEntry{}, err
	}
	e := intel.KEVEntry{CVE: w.CVE, Ransomware: w.Ransomware, Name: w.Name, RequiredAction: w.RequiredAction, Notes: w.Notes}
	if !intel.IsCVE(w.CVE) {
		return e, fmt.Errorf("%q is no CVE id", w.CVE)
	}
	var err error
	if e.DateAdded, err = time.Parse(time.DateOnly, w.Added); err != nil {
		return e, err
	}
	if w.Due != "" {
		e.DueDate, err = time.Parse(time.DateOnly, w.Due)
	}
	return e, err
}

// epssScore is intel.EPSSScore on its way, with as many digits as are kept.
type epssScore struct {
	CVE        string  `json:"cve"`
	Score      float32 `json:"score"`
	Percentile float32 `json:"percentile"`
}

func readEPSS(line []byte) (intel.EPSSScore, error) {
	var w epssScore
	if err := json.Unmarshal(line, &w); err != nil {
		return intel.EPSSScore{}, err
	}
	if !intel.IsCVE(w.CVE) || w.Score < 0 || w.Score > 1 || w.Percentile < 0 || w.Percentile > 1 {
		return intel.EPSSScore{}, fmt.Errorf("%q with %g and %g is no score", w.CVE, w.Score, w.Percentile)
	}
	return intel.EPSSScore{CVE: w.CVE, Score: float64(w.Score), Percentile: float64(w.Percentile)}, nil
}

// epssMeta is what the scores' section says beside them.
type epssMeta struct {
	ModelVersion string `json:"model_version,omitempty"`
	ScoreDate    string `json:"score_date,omitempty"`
}

// cursor is intel.Cursor on its way.
type cursor struct {
	Feed   string          `json:"feed"`
	Cursor json.RawMessage `json:"cursor"`
}

func readCursor(line []byte) (intel.Cursor, error) {
	var w cursor
	if err := json.Unmarshal(line, &w); err != nil {
		return intel.Cursor{}, err
	}
	if !isFeed(w.Feed) || len(w.Cursor) == 0 {
		return intel.Cursor{}, fmt.Errorf("%q is no feed's cursor", w.Feed)
	}
	return intel.Cursor{Feed: w.Feed, Cursor: w.Cursor}, nil
}
