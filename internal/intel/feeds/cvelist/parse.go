package cvelist

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/intel/feeds/cna"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Feed is the name under which the store keeps these records.
const Feed = "cve"

// Parsed is what one record says.
type Parsed struct {
	Advisory intel.Advisory
	// SSVC are CISA's decision points; Exploitation and the rest are empty where it decided nothing.
	SSVC     intel.SSVC
	Decided  bool
	Warnings []problem.Fault // what was left out, by JSON pointer
}

// Parse reads one CVE record. The error says why it cannot be kept: no JSON, or no CVE id. The content does not depend on
// how dates are written, which the CVE Program has changed in all records at once.
func Parse(data []byte) (Parsed, error) {
	var p parser
	var r record
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if err := p.decode("", data, &r); err != nil {
		return Parsed{}, err
	}
	r.Metadata.ID = strings.ToUpper(clean(r.Metadata.ID))
	if !intel.IsCVE(r.Metadata.ID) {
		return Parsed{}, fmt.Errorf("%.40q is no CVE id", r.Metadata.ID)
	}
	p.record(r)
	p.Warnings = p.warnings
	return p.Parsed, nil
}

type parser struct {
	Parsed
	warnings []problem.Fault
}

func (p *parser) warn(path, code, format string, args ...any) {
	p.warnings = append(p.warnings, problem.Fault{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

// decode reads an object; a field of another type than the format's is left out and the rest read all the same.
func (p *parser) decode(at string, data []byte, into any) error {
	if data = bytes.TrimSpace(data); len(data) == 0 || data[0] != '{' {
		return errors.New("not a JSON object")
	}
	err := json.Unmarshal(data, into)
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mistyped):
		p.warn(at+"/"+strings.ReplaceAll(mistyped.Field, ".", "/"), "wrong_type",
			"is a JSON %s where the format wants another type; left out", mistyped.Value)
	case err != nil:
		return fmt.Errorf("not a JSON object: %w", err)
	}
	return nil
}

func (p *parser) record(r record) {
	a := &p.Advisory
	*a = intel.Advisory{
		Feed: Feed, ID: r.Metadata.ID, Source: "CVE", Kind: intel.KindVulnerability,
		// To the second: that is what survived the normalisations of dates.
		Published: p.time("/cveMetadata/datePublished", r.Metadata.Published).Truncate(time.Second),
		Modified:  p.time("/cveMetadata/dateUpdated", r.Metadata.Updated),
		URL:       "https://www.cve.org/CVERecord?id=" + r.Metadata.ID,
		CWEs:      []string{}, References: []intel.Reference{},
	}
	main := r.Containers.CNA
	if a.Modified.IsZero() {
		a.Modified = a.Published
	}
	a.Summary, a.Details = clean(main.Title), english(main.Descriptions)
	if strings.EqualFold(clean(r.Metadata.State), "rejected") {
		a.Details = cmp.Or(english(main.RejectedReasons), a.Details)
		if a.Withdrawn = p.time("/cveMetadata/dateRejected", r.Metadata.Rejected).Truncate(time.Second); a.Withdrawn.IsZero() {
			a.Withdrawn = a.Modified
		}
		if a.Withdrawn.IsZero() {
			// It must not look as if it were in force; the CVE Program began in 1999.
			a.Withdrawn = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
		}
	}
	p.container("/containers/cna", main, cmp.Or(clean(r.Metadata.Assigner), clean(main.Provider.ShortName)))
	var others []json.RawMessage
	if len(r.Containers.ADP) > 0 && json.Unmarshal(r.Containers.ADP, &others) != nil {
		p.warn("/containers/adp", "wrong_type", "is no list; left out")
	}
	for i, raw := range others {
		at := fmt.Sprintf("/containers/adp/%d", i)
		var c container
		if err := p.decode(at, raw, &c); err != nil {
			p.warn(at, "wrong_type", "%v; left out", err)
			continue
		}
		source := clean(c.Provider.ShortName)
		if isCISA(c) {
			source = "CISA"
		}
		p.container(at, c, source)
	}
	slices.Sort(a.CWEs)
	a.CWEs = slices.Compact(a.CWEs)
}

func isCISA(c container) bool {
	return strings.EqualFold(clean(c.Provider.OrgID), cna.CISA) || strings.EqualFold(clean(c.Provider.ShortName), "CISA-ADP")
}

// container adds what the CNA or another provider says.
func (p *parser) container(at string, c container, source string) {
	a := &p.Advisory
	for i, product := range c.Affected {
		one, ok, err := product.Affected()
		if err != nil {
			p.warn(fmt.Sprintf("%s/affected/%d/packageURL", at, i), "unknown_package", "%v; left out", err)
		}
		if ok {
			one.Ordinal = len(a.Affected)
			a.Affected = append(a.Affected, one)
		}
	}
	for i, statement := range c.Applicability {
		one, where, err := statement.Read()
		if err != nil {
			p.warn(fmt.Sprintf("%s/cpeApplicability/%d%s", at, i, where), "bad_cpe", "%v; the statement is left out", err)
		} else if len(one.Nodes) > 0 {
			a.Configurations = append(a.Configurations, one)
		}
	}
	for i, m := range c.Metrics {
		at := fmt.Sprintf("%s/metrics/%d", at, i)
		for _, v := range []vector{m.V40, m.V31, m.V30, m.V2} {
			p.vector(at, v, source)
		}
		if strings.EqualFold(clean(m.Other.Type), "ssvc") && isCISA(c) {
			p.decision(at+"/other/content", m.Other.Content, c)
		}
	}
	for _, t := range c.ProblemTypes {
		for _, d := range t.Descriptions {
			// Many write the id into the words alone.
			if id := cwe.FindString(cmp.Or(clean(d.CWE), clean(d.Description))); id != "" {
				a.CWEs = append(a.CWEs, strings.ToUpper(id))
			}
		}
	}
	for _, r := range c.References {
		link := clean(r.URL)
		if !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") {
			continue
		}
		if !slices.ContainsFunc(a.References, func(o intel.Reference) bool { return o.URL == link }) {
			a.References = append(a.References, intel.Reference{Type: kindOf(r.Tags), URL: link})
		}
	}
}

var cwe = regexp.MustCompile(`(?i)^CWE-\d+`)

func (p *parser) vector(at string, v vector, source string) {
	text := strings.TrimRight(clean(v.Vector), "/")
	if text == "" {
		return
	}
	if _, _, _, err := intel.Score(text); err != nil {
		p.warn(at, "bad_vector", "%v; left out", err)
		return
	}
	one := intel.Severity{Type: intel.VectorType(text), Score: text, Source: source}
	if !slices.Contains(p.Advisory.Severities, one) {
		p.Advisory.Severities = append(p.Advisory.Severities, one)
	}
}

func (p *parser) decision(at string, raw json.RawMessage, c container) {
	var d decision
	if err := p.decode(at, raw, &d); err != nil {
		p.warn(at, "wrong_type", "%v; left out", err)
		return
	}
	points, ok := cna.Decision(d.Options)
	if !ok {
		return
	}
	points.CVE = p.Advisory.ID
	if points.Decided = p.time(at+"/timestamp", d.Timestamp); points.Decided.IsZero() {
		points.Decided = p.time(at, c.Provider.Updated)
	}
	if !p.Decided || points.Decided.After(p.SSVC.Decided) {
		p.SSVC, p.Decided = points, true
	}
}

// kindOf brings the format's tags to the types of the OSV schema; a demonstration of the flaw counts before all else.
func kindOf(tags []string) string {
	for _, t := range []struct{ tag, kind string }{
		{"exploit", "EVIDENCE"}, {"patch", "FIX"}, {"vendor-advisory", "ADVISORY"}, {"government-resource", "ADVISORY"},
		{"third-party-advisory", "ADVISORY"}, {"issue-tracking", "REPORT"}, {"product", "PACKAGE"}, {"technical-description", "ARTICLE"},
	} {
		if slices.ContainsFunc(tags, func(tag string) bool { return strings.EqualFold(clean(tag), t.tag) }) {
			return t.kind
		}
	}
	return "WEB"
}

// time reads RFC 3339, also without a zone, which is UTC, and dates alone.
func (p *parser) time(at, s string) time.Time {
	if s = clean(s); s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1980 && t.Year() <= 9999 {
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	p.warn(at, "bad_time", "%.60q is no time; taken as unknown", s)
	return time.Time{}
}

func english(list []text) string {
	for _, d := range list {
		if lang := strings.ToLower(clean(d.Lang)); lang == "en" || strings.HasPrefix(lang, "en-") || strings.HasPrefix(lang, "en_") || lang == "eng" {
			return clean(d.Value)
		}
	}
	if len(list) > 0 {
		return clean(list[0].Value)
	}
	return ""
}

func clean(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\x00", "")) }
