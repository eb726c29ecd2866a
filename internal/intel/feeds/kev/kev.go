// Package kev reads CISA's catalogue of Known Exploited Vulnerabilities, in its JSON form.
package kev

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// maxCatalogue bounds the file; it has about 1.5 MB.
const maxCatalogue = 64 << 20

// entry is read for itself, so that one with a field of an unforeseen type costs that one alone. Dates are days; the
// catalogue has gained fields without notice (forensicTriage), so nothing else is assumed.
type entry struct {
	CVEID             string `json:"cveID"`
	VulnerabilityName string `json:"vulnerabilityName"`
	DateAdded         string `json:"dateAdded"`
	RequiredAction    string `json:"requiredAction"`
	DueDate           string `json:"dueDate"`
	Ransomware        string `json:"knownRansomwareCampaignUse"`
	Notes             string `json:"notes"`
}

// Parse reads the whole catalogue. An entry without a CVE or a date is refused alone; a file that is no catalogue, or is
// cut off (fewer entries than its count), is an error of kind Malformed.
func Parse(in io.Reader) (intel.KEVCatalogue, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxCatalogue+1))
	if err != nil {
		return intel.KEVCatalogue{}, fmt.Errorf("read the KEV catalogue: %w", err)
	}
	if len(data) > maxCatalogue {
		return intel.KEVCatalogue{}, problem.New(problem.TooLarge, "the KEV catalogue is larger than %d MiB", maxCatalogue>>20)
	}
	var file struct {
		Version         string            `json:"catalogVersion"`
		Count           int               `json:"count"`
		Vulnerabilities []json.RawMessage `json:"vulnerabilities"`
	}
	data = []byte(strings.TrimPrefix(string(data), "\ufeff"))
	if err := json.Unmarshal(data, &file); err != nil {
		return intel.KEVCatalogue{}, problem.Wrap(problem.Malformed, err, "this is no KEV catalogue: not the JSON that CISA publishes")
	}
	if len(file.Vulnerabilities) == 0 {
		return intel.KEVCatalogue{}, problem.New(problem.Malformed, "this is no KEV catalogue: it lists no vulnerabilities")
	}
	if len(file.Vulnerabilities) < file.Count {
		return intel.KEVCatalogue{}, problem.New(problem.Malformed,
			"the KEV catalogue is cut off: it says it has %d entries and holds %d", file.Count, len(file.Vulnerabilities))
	}
	out := intel.KEVCatalogue{Version: file.Version, Entries: make([]intel.KEVEntry, 0, len(file.Vulnerabilities))}
	at := map[string]int{}
	for i, raw := range file.Vulnerabilities {
		one, err := parseEntry(raw)
		if err != nil {
			out.Refused = append(out.Refused, intel.Incoming{Path: fmt.Sprintf("/vulnerabilities/%d", i), Refused: err})
			continue
		}
		if j, twice := at[one.CVE]; twice {
			out.Entries[j] = one
			continue
		}
		at[one.CVE] = len(out.Entries)
		out.Entries = append(out.Entries, one)
	}
	return out, nil
}

func parseEntry(raw json.RawMessage) (intel.KEVEntry, error) {
	var e entry
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &e); err != nil && !errors.As(err, &mistyped) {
		return intel.KEVEntry{}, fmt.Errorf("not a JSON object: %w", err)
	}
	out := intel.KEVEntry{
		CVE:            strings.ToUpper(clean(e.CVEID)),
		Ransomware:     strings.EqualFold(clean(e.Ransomware), "known"),
		Name:           clean(e.VulnerabilityName),
		RequiredAction: clean(e.RequiredAction),
		Notes:          clean(e.Notes),
	}
	if !intel.IsCVE(out.CVE) {
		return intel.KEVEntry{}, fmt.Errorf("%.40q is no CVE id", e.CVEID)
	}
	var err error
	if out.DateAdded, err = time.Parse(time.DateOnly, clean(e.DateAdded)); err != nil {
		return intel.KEVEntry{}, fmt.Errorf("%s: dateAdded %.40q is no date", out.CVE, e.DateAdded)
	}
	if due, err := time.Parse(time.DateOnly, clean(e.DueDate)); err == nil {
		out.DueDate = due
	}
	return out, nil
}

func clean(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\x00", "")) }
