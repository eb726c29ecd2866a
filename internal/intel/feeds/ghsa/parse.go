package ghsa

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Feed is the name under which the store keeps these records.
const Feed = "ghsa"

var idPattern = regexp.MustCompile(`^(?i:GHSA)(-[0-9a-zA-Z]{4}){3}$`)

// Parse reads one advisory of the API. Warnings name what was put right or left out, by JSON pointer; the error says why
// the record cannot be kept.
func Parse(data []byte) (intel.Advisory, []problem.Fault, error) {
	if data = bytes.TrimSpace(data); len(data) == 0 || data[0] != '{' {
		return intel.Advisory{}, nil, errors.New("not a JSON object")
	}
	var p parser
	var in advisory
	err := json.Unmarshal(data, &in)
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mistyped):
		p.warn("/"+strings.ReplaceAll(mistyped.Field, ".", "/"), "wrong_type",
			"is a JSON %s where the API has another type; left out", mistyped.Value)
	case err != nil:
		return intel.Advisory{}, nil, fmt.Errorf("not JSON: %w", err)
	}
	if in.ID = clean(in.ID); !idPattern.MatchString(in.ID) {
		return intel.Advisory{}, nil, fmt.Errorf("%.40q is no GHSA id", in.ID)
	}
	return p.advisory(in), p.warnings, nil
}

type parser struct {
	warnings []problem.Fault
}

func (p *parser) warn(path, code, format string, args ...any) {
	p.warnings = append(p.warnings, problem.Fault{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

func (p *parser) advisory(in advisory) intel.Advisory {
	a := intel.Advisory{
		Feed:          Feed,
		ID:            foldID(in.ID),
		Source:        "GHSA",
		Kind:          intel.KindVulnerability,
		Published:     p.time("/published_at", in.Published),
		Modified:      p.time("/updated_at", in.Updated),
		Withdrawn:     p.time("/withdrawn_at", in.Withdrawn),
		Summary:       clean(in.Summary),
		Details:       clean(in.Description),
		SeverityLabel: label(in.Severity),
		References:    references(in),
		CWEs:          []string{},
		Upstream:      []string{},
		Related:       []string{},
	}
	a.URL = "https://github.com/advisories/" + a.ID
	if strings.EqualFold(clean(in.Type), "malware") {
		a.Kind = intel.KindMalware
	}
	a.Aliases = aliases(in, a.ID)
	for _, c := range in.CWEs {
		if id := strings.ToUpper(clean(c.ID)); strings.HasPrefix(id, "CWE-") {
			a.CWEs = append(a.CWEs, id)
		}
	}
	slices.Sort(a.CWEs)
	a.CWEs = slices.Compact(a.CWEs)
	a.Severities = p.severities(in)
	for i, e := range in.Entries {
		if one, ok := p.affected(i, e); ok {
			a.Affected = append(a.Affected, one)
		}
	}
	return a
}

// severities gives the vectors, version 3 first as in the OSV copies; the older single member stands in for both.
func (p *parser) severities(in advisory) []intel.Severity {
	var out []intel.Severity
	for _, s := range []struct{ at, vector string }{
		{"/cvss_severities/cvss_v3", in.Severities.V3.Vector}, {"/cvss_severities/cvss_v4", in.Severities.V4.Vector},
		{"/cvss", in.CVSS.Vector},
	} {
		vector := strings.TrimRight(clean(s.vector), "/")
		if vector == "" {
			continue
		}
		if _, _, _, err := intel.Score(vector); err != nil {
			p.warn(s.at+"/vector_string", "bad_vector", "%v; left out", err)
			continue
		}
		if one := (intel.Severity{Type: intel.VectorType(vector), Score: vector}); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

func (p *parser) affected(i int, e entry) (intel.Affected, bool) {
	at := fmt.Sprintf("/vulnerabilities/%d", i)
	name := clean(e.Package.Name)
	given := strings.ToLower(clean(e.Package.Ecosystem))
	ecosystem, _ := ident.ParseEcosystem(given)
	switch {
	case name == "" || given == "":
		p.warn(at+"/package", "no_package", "names no ecosystem and package; the entry cannot be compared with anything")
		return intel.Affected{}, false
	case !ecosystems[ecosystem]:
		p.warn(at+"/package/ecosystem", "unknown_ecosystem", "%.40q is no ecosystem whose packages are known; the entry is left out", e.Package.Ecosystem)
		return intel.Affected{}, false
	}
	out := intel.Affected{
		Ordinal: i, Package: ident.Package{Ecosystem: ecosystem, Name: ident.FoldName(ecosystem, name)}, Name: name,
		Ranges: []intel.Range{}, Versions: []string{},
	}
	if err := readRange(&out, clean(e.Range), patched(e.Patched)); err != nil {
		// Half a range would say something else than the advisory does.
		p.warn(at+"/vulnerable_version_range", "bad_range", "%v; the entry matches nothing", err)
		out.Ranges, out.Versions, out.LastKnownAffected = []intel.Range{}, []string{}, ""
	}
	return out, true
}

// ecosystems are those that GitHub's advisories speak of.
var ecosystems = map[string]bool{
	ident.NPM: true, ident.PyPI: true, ident.Maven: true, ident.Go: true, ident.CratesIO: true, ident.NuGet: true,
	ident.RubyGems: true, ident.Packagist: true, ident.Hex: true, ident.Pub: true, ident.SwiftURL: true, ident.GitHubActions: true,
}

// patched reads both forms of first_patched_version.
func patched(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return clean(s)
	}
	var object struct {
		Identifier string `json:"identifier"`
	}
	if json.Unmarshal(raw, &object) == nil {
		return clean(object.Identifier)
	}
	return ""
}

// label writes the word of the REST API as GraphQL and the OSV copies have it.
func label(severity string) string {
	switch s := strings.ToUpper(clean(severity)); s {
	case "UNKNOWN":
		return ""
	case "MEDIUM":
		return "MODERATE"
	default:
		return s
	}
}

func aliases(in advisory, own string) []string {
	out := []string{}
	for _, one := range append([]identifier{{Value: in.CVE}}, in.Identifiers...) {
		if id := foldID(one.Value); id != own && (intel.IsCVE(id) || idPattern.MatchString(id)) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// foldID writes ids the one way their owners do.
func foldID(id string) string {
	id = clean(id)
	if upper := strings.ToUpper(id); intel.IsCVE(upper) {
		return upper
	}
	if idPattern.MatchString(id) {
		return "GHSA" + strings.ToLower(id[4:])
	}
	return id
}

// references types the few links whose address says what they are.
func references(in advisory) []intel.Reference {
	out := make([]intel.Reference, 0, len(in.References))
	for _, raw := range in.References {
		var url string
		if json.Unmarshal(raw, &url) != nil {
			var object struct {
				URL string `json:"url"`
			}
			if json.Unmarshal(raw, &object) != nil {
				continue
			}
			url = object.URL
		}
		if url = clean(url); !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
			continue
		}
		kind := "WEB"
		switch {
		case strings.HasPrefix(url, "https://nvd.nist.gov/vuln/detail/"):
			kind = "ADVISORY"
		case url == clean(in.Source):
			kind = "PACKAGE"
		}
		if one := (intel.Reference{Type: kind, URL: url}); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

func (p *parser) time(at, s string) time.Time {
	if s = clean(s); s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1980 && t.Year() <= 9999 {
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	p.warn(at, "bad_time", "%.60q is no time; taken as unknown", s)
	return time.Time{}
}

// clean takes out what PostgreSQL cannot store and what no field means.
func clean(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\x00", "")) }
