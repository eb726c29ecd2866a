package nvd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Feed is the name under which the store keeps these records.
const Feed = "nvd"

// Parse reads one element of "vulnerabilities": {"cve": {...}}. Warnings name what was left out, by JSON pointer; the
// error says why the record cannot be kept.
func Parse(data []byte) (intel.Advisory, []problem.Fault, error) {
	var item struct {
		CVE json.RawMessage `json:"cve"`
	}
	if err := json.Unmarshal(data, &item); err != nil {
		return intel.Advisory{}, nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if raw := bytes.TrimSpace(item.CVE); len(raw) == 0 || raw[0] != '{' {
		return intel.Advisory{}, nil, errors.New("no cve object: not an NVD record")
	}
	var p parser
	var c cve
	err := json.Unmarshal(item.CVE, &c)
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mistyped):
		p.warn("/cve/"+strings.ReplaceAll(mistyped.Field, ".", "/"), "wrong_type",
			"is a JSON %s where the schema wants another type; left out", mistyped.Value)
	case err != nil:
		return intel.Advisory{}, nil, fmt.Errorf("not a JSON object: %w", err)
	}
	c.ID = strings.ToUpper(clean(c.ID))
	if !intel.IsCVE(c.ID) {
		return intel.Advisory{}, nil, fmt.Errorf("%.40q is no CVE id", c.ID)
	}
	return p.advisory(c), p.warnings, nil
}

type parser struct {
	warnings []problem.Fault
}

func (p *parser) warn(path, code, format string, args ...any) {
	p.warnings = append(p.warnings, problem.Fault{Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}

func (p *parser) advisory(c cve) intel.Advisory {
	a := intel.Advisory{
		Feed:       Feed,
		ID:         c.ID,
		Source:     "NVD",
		Kind:       intel.KindVulnerability,
		Published:  p.time("/cve/published", c.Published),
		Modified:   p.time("/cve/lastModified", c.LastModified),
		Details:    english(c.Descriptions),
		References: references(c.References),
		CWEs:       cwes(c.Weaknesses),
		URL:        "https://nvd.nist.gov/vuln/detail/" + c.ID,
		Severities: p.severities(c.Metrics),
		Status:     clean(c.Status),
		Tags:       recordTags(c.Tags),
	}
	// Only Rejected takes a record back; Deferred and unknown words are records like others.
	if strings.EqualFold(clean(c.Status), "rejected") {
		a.Withdrawn = a.Modified
		if a.Withdrawn.IsZero() {
			a.Withdrawn = a.Published
		}
	}
	for i, configured := range c.Configurations {
		one, at, err := configured.Read()
		if err != nil {
			p.warn(fmt.Sprintf("/cve/configurations/%d%s", i, at), "bad_cpe", "%v; the statement is left out", err)
		} else if len(one.Nodes) > 0 {
			a.Configurations = append(a.Configurations, one)
		}
	}
	for i, block := range c.Affected {
		for j, entry := range block.Data {
			one, ok, err := entry.Affected()
			if err != nil {
				p.warn(fmt.Sprintf("/cve/affected/%d/affectedData/%d/packageURL", i, j), "unknown_package", "%v; left out", err)
			}
			if ok {
				one.Ordinal = len(a.Affected)
				a.Affected = append(a.Affected, one)
			}
		}
	}
	return a
}

// recordTags are what CNAs say of the record: "disputed", "unsupported-when-assigned", "exclusively-hosted-service".
func recordTags(list []cveTags) []string {
	var out []string
	for _, l := range list {
		for _, tag := range l.Tags {
			if tag = strings.ToLower(clean(tag)); tag != "" {
				out = append(out, tag)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// time reads NVD's times, which have milliseconds and no zone and are UTC; others of RFC 3339 too.
func (p *parser) time(at, s string) time.Time {
	s = clean(s)
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1980 && t.Year() <= 9999 {
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	p.warn(at, "bad_time", "%.60q is no time; taken as unknown", s)
	return time.Time{}
}

func english(list []langString) string {
	for _, d := range list {
		if d.Lang == "en" || strings.HasPrefix(d.Lang, "en-") {
			return clean(d.Value)
		}
	}
	if len(list) > 0 {
		return clean(list[0].Value)
	}
	return ""
}

// severities lists NVD's own vectors (Primary) before those of others, the newest version first. The scores beside them
// are not read: they have been wrong for thousands of records.
func (p *parser) severities(m metrics) []intel.Severity {
	var primary, secondary []intel.Severity
	for _, list := range []struct {
		name string
		of   []metric
	}{{"cvssMetricV40", m.V40}, {"cvssMetricV31", m.V31}, {"cvssMetricV30", m.V30}, {"cvssMetricV2", m.V2}} {
		for i, v := range list.of {
			vector := strings.TrimRight(clean(v.Data.Vector), "/")
			if _, _, _, err := intel.Score(vector); err != nil {
				p.warn(fmt.Sprintf("/cve/metrics/%s/%d/cvssData/vectorString", list.name, i), "bad_vector", "%v; left out", err)
				continue
			}
			one := intel.Severity{Type: intel.VectorType(vector), Score: vector, Source: sourceName(v.Source)}
			switch {
			case slices.Contains(primary, one) || slices.Contains(secondary, one):
			case strings.EqualFold(v.Type, "primary"):
				primary = append(primary, one)
			default:
				secondary = append(secondary, one)
			}
		}
	}
	out := append(primary, secondary...)
	for _, s := range m.SSVC {
		if vector := ssvcVector(s.Data.Options); vector != "" {
			out = append(out, intel.Severity{Type: intel.TypeSSVC, Score: vector, Source: sourceName(s.Source)})
		}
	}
	return out
}

// sourceName makes the two sources that everyone knows readable; others are the mail address or UUID as given.
func sourceName(source string) string {
	switch source = clean(source); source {
	case "nvd@nist.gov":
		return "NVD"
	case "134c704f-9b21-4f2e-91b3-4a467353bcc0":
		return "CISA"
	}
	return source
}

// ssvcVector writes CISA's decision points in SSVC's short form, "SSVCv2/E:A/A:Y/T:T".
func ssvcVector(options []map[string]json.RawMessage) string {
	var exploitation, automatable, impact string
	for _, option := range options {
		for key, raw := range option {
			var value string
			if json.Unmarshal(raw, &value) != nil || value == "" {
				continue
			}
			letter := strings.ToUpper(value[:1])
			switch strings.ToLower(strings.ReplaceAll(key, " ", "")) {
			case "exploitation":
				exploitation = letter
			case "automatable":
				automatable = letter
			case "technicalimpact":
				impact = letter
			}
		}
	}
	if exploitation+automatable+impact == "" {
		return ""
	}
	vector := "SSVCv2"
	for _, point := range []struct{ name, value string }{{"E", exploitation}, {"A", automatable}, {"T", impact}} {
		if point.value != "" {
			vector += "/" + point.name + ":" + point.value
		}
	}
	return vector
}

func cwes(list []weakness) []string {
	out := []string{}
	for _, w := range list {
		for _, d := range w.Description {
			// NVD-CWE-noinfo and NVD-CWE-Other say that there is none.
			if id := clean(d.Value); strings.HasPrefix(id, "CWE-") {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// references brings NVD's tags to the types of the OSV schema; a demonstration of the flaw counts before all else.
func references(list []reference) []intel.Reference {
	out := make([]intel.Reference, 0, len(list))
	for _, r := range list {
		url := clean(r.URL)
		if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
			continue
		}
		kind := "WEB"
		for _, t := range []struct{ tag, kind string }{
			{"Exploit", "EVIDENCE"}, {"Patch", "FIX"}, {"Vendor Advisory", "ADVISORY"}, {"Third Party Advisory", "ADVISORY"},
			{"Issue Tracking", "REPORT"}, {"Product", "PACKAGE"}, {"Technical Description", "ARTICLE"},
		} {
			if slices.Contains(r.Tags, t.tag) {
				kind = t.kind
				break
			}
		}
		if !slices.ContainsFunc(out, func(o intel.Reference) bool { return o.URL == url }) {
			out = append(out, intel.Reference{Type: kind, URL: url})
		}
	}
	return out
}

func clean(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\x00", "")) }
