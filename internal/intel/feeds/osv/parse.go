package osv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Feed is the name under which the store keeps these records.
const Feed = "osv"

var utf8BOM = []byte("\xef\xbb\xbf")

// Parse reads one OSV record. Warnings name what was put right or left out, by JSON pointer. The error says why the
// record cannot be kept: no JSON, not an object, or no id.
func Parse(data []byte) (intel.Advisory, []problem.Fault, error) {
	var p parser
	r, err := p.decode(bytes.TrimPrefix(data, utf8BOM))
	if err != nil {
		return intel.Advisory{}, nil, err
	}
	a := p.advisory(r)
	return a, p.warnings, nil
}

type parser struct {
	warnings []problem.Fault
}

func (p *parser) warn(path, code, format string, args ...any) {
	p.warnings = append(p.warnings, problem.Fault{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

func (p *parser) decode(data []byte) (record, error) {
	var r record
	if trimmed := bytes.TrimSpace(data); len(trimmed) == 0 {
		return r, errors.New("the file is empty")
	} else if trimmed[0] != '{' {
		return r, errors.New("not a JSON object")
	}
	err := json.Unmarshal(data, &r)
	// A field of another type than the schema's is skipped by the decoder, which reads the rest all the same.
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mistyped):
		p.warn("/"+strings.ReplaceAll(mistyped.Field, ".", "/"), "wrong_type",
			"is a JSON %s where the schema wants another type; left out", mistyped.Value)
	case err != nil:
		return r, fmt.Errorf("not JSON: %w", err)
	}
	r.ID = clean(r.ID)
	if r.ID == "" {
		return r, errors.New("no id: not an OSV record")
	}
	if len(r.ID) > maxID {
		return r, fmt.Errorf("the id is longer than %d bytes", maxID)
	}
	return r, nil
}

// maxID keeps ids within what an index entry can hold; the longest known id has 98 bytes.
const maxID = 400

func (p *parser) advisory(r record) intel.Advisory {
	db := readSpecific(r.DatabaseSpecific)
	a := intel.Advisory{
		Feed:       Feed,
		ID:         foldID(r.ID),
		Kind:       intel.KindVulnerability,
		Published:  p.time("/published", r.Published),
		Modified:   p.time("/modified", r.Modified),
		Withdrawn:  p.time("/withdrawn", r.Withdrawn),
		Summary:    clean(r.Summary),
		Details:    clean(r.Details),
		References: references(r.References),
		Aliases:    foldIDs(r.Aliases, r.ID),
		Upstream:   foldIDs(r.Upstream, r.ID),
		Related:    foldIDs(r.Related, r.ID),
	}
	a.Source = sourceOf(a.ID)
	if a.Source == "MAL" {
		a.Kind = intel.KindMalware
	}
	a.URL = pageOf(a, db.converted)
	label := db.severity
	for i, entry := range r.Affected {
		adb, eco := readSpecific(entry.DatabaseSpecific), readSpecific(entry.EcosystemSpecific)
		label = firstOf(label, adb.severity, eco.severity)
		db.cwes = append(db.cwes, adb.cwes...)
		if parsed, ok := p.affected(i, entry, firstOf(adb.lastKnownAffected, eco.lastKnownAffected)); ok {
			a.Affected = append(a.Affected, parsed)
		}
	}
	a.CWEs = cwes(db.cwes)
	var word string
	a.Severities, word = p.severities(r)
	a.SeverityLabel = firstOf(word, clean(label), errataLabel(a))
	return a
}

// affected reads one entry. An entry that names no package is dropped: it speaks of a commit range of a repository
// (OSS-Fuzz, the GIT dump), which no package version can be compared with.
func (p *parser) affected(i int, e affected, lastKnown string) (intel.Affected, bool) {
	at := fmt.Sprintf("/affected/%d", i)
	base, release := ident.ParseEcosystem(clean(e.Package.Ecosystem))
	name := clean(e.Package.Name)
	if base == "" || name == "" {
		if !gitOnly(e) {
			p.warn(at+"/package", "no_package", "names no ecosystem and package; the entry cannot be compared with anything")
		}
		return intel.Affected{}, false
	}
	out := intel.Affected{
		Ordinal:           i,
		Package:           ident.Package{Ecosystem: base, Release: release, Name: ident.FoldName(base, name)},
		Name:              name,
		Ranges:            []intel.Range{},
		Versions:          texts(e.Versions),
		LastKnownAffected: clean(lastKnown),
	}
	for j, r := range e.Ranges {
		kind := strings.ToUpper(strings.TrimSpace(r.Type))
		if kind == "GIT" {
			continue
		}
		if kind != "SEMVER" && kind != "ECOSYSTEM" {
			p.warn(fmt.Sprintf("%s/ranges/%d/type", at, j), "range_type", "%q is no range type; read as ECOSYSTEM", r.Type)
			kind = "ECOSYSTEM"
		}
		if parsed := p.events(fmt.Sprintf("%s/ranges/%d/events", at, j), r.Events); len(parsed) > 0 {
			out.Ranges = append(out.Ranges, intel.Range{Type: kind, Events: parsed})
		}
	}
	out.GitOnly = gitOnly(e)
	return out, true
}

func gitOnly(e affected) bool {
	for _, r := range e.Ranges {
		if !strings.EqualFold(strings.TrimSpace(r.Type), "GIT") {
			return false
		}
	}
	return len(e.Ranges) > 0 && len(e.Versions) == 0
}

// events keeps one field an event. The schema asks for that, and a writer that puts two into one object means both.
func (p *parser) events(at string, list []event) []intel.Event {
	var out []intel.Event
	introduced := false
	for i, e := range list {
		before := len(out)
		if v := clean(e.Introduced); v != "" {
			out = append(out, intel.Event{Introduced: v})
			introduced = true
		}
		if v := clean(e.Fixed); v != "" {
			out = append(out, intel.Event{Fixed: v})
		}
		if v := clean(e.LastAffected); v != "" {
			out = append(out, intel.Event{LastAffected: v})
		}
		v := clean(e.Limit)
		if v != "" && v != "*" { // "*" is no limit, which is the default
			out = append(out, intel.Event{Limit: v})
		}
		if len(out) == before && v != "*" {
			p.warn(fmt.Sprintf("%s/%d", at, i), "empty_event", "says nothing that the schema knows; left out")
		}
	}
	if len(out) > 0 && !introduced {
		p.warn(at, "no_introduced", "no event says where the range begins, so it matches nothing")
	}
	return out
}

// time reads RFC 3339, also without a zone (then UTC) or without a time. Anything before 1980 is a writer's zero value.
func (p *parser) time(at, s string) time.Time {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05Z07:00", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Year() < 1980 || t.Year() > 9999 {
				return time.Time{}
			}
			// The database keeps microseconds; cutting here keeps a stored time equal to the one read again.
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	p.warn(at, "bad_time", "%.60q is no time; taken as unknown", s)
	return time.Time{}
}

func references(list []reference) []intel.Reference {
	out := make([]intel.Reference, 0, len(list))
	for _, r := range list {
		// Only links that a browser may follow: a reference is shown as one.
		url := clean(r.URL)
		if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
			continue
		}
		one := intel.Reference{Type: clean(r.Type), URL: url}
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}
