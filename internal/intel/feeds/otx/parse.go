package otx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// Feed is the name under which the store keeps these reports.
const Feed = "otx"

// pulse is a pulse in either of the forms in which the API gives them. Fields that differ between them are read by hand.
type pulse struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	AuthorName  string            `json:"author_name"`
	Author      json.RawMessage   `json:"author"` // {"username": ...}
	TLP         string            `json:"tlp"`    // also "TLP": names compare without case
	Adversary   json.RawMessage   `json:"adversary"`
	Tags        json.RawMessage   `json:"tags"`
	Families    json.RawMessage   `json:"malware_families"` // words, or {"id", "display_name"}
	Techniques  json.RawMessage   `json:"attack_ids"`       // words, or {"id", "name"}
	Industries  json.RawMessage   `json:"industries"`
	Countries   json.RawMessage   `json:"targeted_countries"`
	References  json.RawMessage   `json:"references"`
	Created     string            `json:"created"`
	Modified    string            `json:"modified"`
	Indicators  []json.RawMessage `json:"indicators"`
	More        json.RawMessage   `json:"more_indicators"`
	Count       int               `json:"indicator_count"`
}

type indicator struct {
	Indicator  string          `json:"indicator"`
	Type       string          `json:"type"`
	Role       string          `json:"role"`
	Expiration string          `json:"expiration"`
	Active     json.RawMessage `json:"is_active"`
}

// Parse reads one pulse. More says that its list of indicators is cut. The error says why it cannot be kept: no JSON
// object, or no id.
func Parse(data []byte) (report intel.Report, more bool, err error) {
	var p pulse
	if err := decode(data, &p); err != nil {
		return intel.Report{}, false, err
	}
	r := intel.Report{
		ID: clean(p.ID), Name: clean(p.Name), Description: clean(p.Description), Author: clean(p.AuthorName), TLP: tlp(p.TLP),
		Tags: names(p.Tags), MalwareFamilies: names(p.Families, "display_name", "id"), AttackIDs: techniques(names(p.Techniques, "id", "name")),
		Industries: names(p.Industries, "name"), Countries: names(p.Countries, "name"), References: links(names(p.References)),
		Created: readTime(p.Created), Modified: readTime(p.Modified), Indicators: []intel.Indicator{},
	}
	if r.ID == "" || len(r.ID) > 100 {
		return intel.Report{}, false, errors.New("no id: not a pulse")
	}
	if r.Author == "" {
		r.Author = nameOf(p.Author, "username")
	}
	r.Adversary = nameOf(p.Adversary, "name")
	if r.Modified.IsZero() {
		r.Modified = r.Created
	}
	r.CVEs = appendCVEs(r.CVEs, r.Name, r.Description)
	r.CVEs = appendCVEs(r.CVEs, r.Tags...)
	addIndicators(&r, p.Indicators)
	return r, truth(p.More, false) || p.Indicators == nil && p.Count > 0, nil
}

// decode reads an object; a field of another type than expected is left out and the rest read all the same.
func decode(data []byte, into any) error {
	if data = bytes.TrimSpace(data); len(data) == 0 || data[0] != '{' {
		return errors.New("not a JSON object")
	}
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(data, into); err != nil && !errors.As(err, &mistyped) {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	return nil
}

// addIndicators adds what can be read, each once, and files the CVEs among them.
func addIndicators(r *intel.Report, list []json.RawMessage) {
	type key struct{ kind, value string }
	seen := make(map[key]bool, len(r.Indicators)+len(list))
	for _, have := range r.Indicators {
		seen[key{have.Type, have.Value}] = true
	}
	for _, raw := range list {
		var in indicator
		if decode(raw, &in) != nil {
			continue
		}
		one := intel.Indicator{
			Type: clean(in.Type), Value: clean(in.Indicator), Role: clean(in.Role), Expires: readTime(in.Expiration), Active: truth(in.Active, true),
		}
		if strings.EqualFold(one.Type, "cve") {
			one.Type, one.Value = "CVE", strings.ToUpper(one.Value)
			r.CVEs = append(r.CVEs, cvesIn(one.Value)...)
		}
		if k := (key{one.Type, one.Value}); one.Value != "" && !seen[k] {
			seen[k] = true
			r.Indicators = append(r.Indicators, one)
		}
	}
	r.CVEs = appendCVEs(r.CVEs)
}

var cve = regexp.MustCompile(`(?i)\bCVE-\d{4}-\d{4,7}\b`)

func cvesIn(text string) []string {
	found := cve.FindAllString(text, -1)
	for i := range found {
		found[i] = strings.ToUpper(found[i])
	}
	return found
}

// appendCVEs adds the CVE ids within texts, and keeps the list in order and each id once.
func appendCVEs(list []string, texts ...string) []string {
	for _, text := range texts {
		list = append(list, cvesIn(text)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tlp reads the traffic light protocol's colour, versions 1 and 2. Reports without one are white; a colour that nobody
// knows is treated as the strictest.
func tlp(s string) string {
	switch s = strings.ToLower(strings.TrimPrefix(strings.ToLower(clean(s)), "tlp:")); s {
	case "", "white", "clear":
		return "white"
	case "green", "amber", "red":
		return s
	case "amber+strict":
		return "amber"
	}
	return "red"
}

var technique = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)

// techniques keeps ATT&CK ids; "T1190 - Exploit ..." is one too.
func techniques(list []string) []string {
	out := []string{}
	for _, s := range list {
		id, _, _ := strings.Cut(strings.ToUpper(s), " ")
		if technique.MatchString(id) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// links keeps what a browser may follow.
func links(list []string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") })
}

// names reads a list of words, or of objects in which one of these members has the word.
func names(raw json.RawMessage, members ...string) []string {
	out := []string{}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw} // one word in place of a list
	}
	for _, one := range list {
		if name := nameOf(one, members...); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// nameOf reads a word, or the first of these members that has one.
func nameOf(raw json.RawMessage, members ...string) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return clean(text)
	}
	object := map[string]json.RawMessage{}
	if json.Unmarshal(raw, &object) != nil {
		return ""
	}
	for _, member := range members {
		if json.Unmarshal(object[member], &text) == nil && clean(text) != "" {
			return clean(text)
		}
	}
	return ""
}

// truth reads true and false, 1 and 0; what is neither is other.
func truth(raw json.RawMessage, other bool) bool {
	switch strings.Trim(string(bytes.TrimSpace(raw)), `"`) {
	case "true", "1", "True":
		return true
	case "false", "0", "False":
		return false
	}
	return other
}

// readTime reads OTX's times, which are UTC without saying so, with or without a fraction. Zero where there is none.
func readTime(s string) time.Time {
	s = clean(s)
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", time.RFC3339Nano, "2006-01-02 15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1980 && t.Year() <= 9999 {
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	return time.Time{}
}

func clean(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\x00", "")) }
