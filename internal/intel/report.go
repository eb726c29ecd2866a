package intel

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/threatwerk/threatwerk/internal/ident"
)

// ReportRules say what is kept of threat reports.
type ReportRules struct {
	// HeaderDays is how long a report that touches nothing of ours is kept, as a header, from its last change on;
	// 0: DefaultHeaderDays.
	HeaderDays int
	// Techniques are the ATT&CK techniques whose reports are kept in full whatever else they touch; one stands for its
	// sub-techniques too. nil: DefaultTechniques.
	Techniques []string
}

// DefaultHeaderDays is ReportRules.HeaderDays where nothing is set.
const DefaultHeaderDays = 90

// DefaultTechniques are the ways in that a product itself opens: T1190 Exploit Public-Facing Application and T1195 Supply
// Chain Compromise.
var DefaultTechniques = []string{"T1190", "T1195"}

func (r ReportRules) techniques() []string {
	if r.Techniques == nil {
		return DefaultTechniques
	}
	return r.Techniques
}

// keepFrom is the oldest last change with which a header is kept.
func (r ReportRules) keepFrom(now time.Time) time.Time {
	return now.AddDate(0, 0, -cmp.Or(r.HeaderDays, DefaultHeaderDays))
}

// interesting reports whether a technique is among those of interest.
func (r ReportRules) interesting(attackIDs []string) bool {
	return slices.ContainsFunc(attackIDs, func(id string) bool {
		parent, _, _ := strings.Cut(id, ".")
		return slices.Contains(r.techniques(), id) || slices.Contains(r.techniques(), parent)
	})
}

// Bounds on one report, so that no stranger's report fills the store.
const (
	maxReportText  = 64 << 10
	maxReportName  = 1000
	maxReportWords = 500 // tags, techniques, references ... of each
	maxReportCVEs  = 5000
	maxIndicators  = 100_000
	maxTraceKeys   = 20_000 // of a header
	maxIndicator   = 16 << 10
)

// reportRow is a report as it is written.
type reportRow struct {
	Report
	path      string
	hash      []byte
	stoodAt   time.Time
	technique bool
	touches   bool
	keys      []int64 // of the indicators, in their order; of a header, what is left of them
}

// newReportRow cleans a report and brings its sets into one order, so that the same content has the same hash however a
// feed lists it.
func newReportRow(in IncomingReport, rules ReportRules, now time.Time) (reportRow, error) {
	r := in.Report
	r.ID, r.Name = cut(r.ID, 200), cut(r.Name, maxReportName)
	switch {
	case r.ID == "":
		return reportRow{}, errors.New("the report has no id")
	case r.Name == "":
		return reportRow{}, fmt.Errorf("report %s has no name", r.ID)
	}
	r.Description, r.Author, r.Adversary = cut(r.Description, maxReportText), cut(r.Author, 200), cut(r.Adversary, 200)
	r.TLP = foldTLP(r.TLP)
	r.Tags, r.MalwareFamilies, r.Industries = words(r.Tags), words(r.MalwareFamilies), words(r.Industries)
	r.Countries, r.References = words(r.Countries), words(r.References)
	r.AttackIDs = words(upper(r.AttackIDs))
	r.CVEs = reportCVEs(r)
	r.Created, r.Modified = r.Created.UTC().Truncate(time.Microsecond), r.Modified.UTC().Truncate(time.Microsecond)
	if r.Header != nil {
		r.Indicators, r.Partial = nil, true
		r.Header = r.Header.clean()
	}
	var whole bool
	if r.Indicators, whole = indicators(r.Indicators); !whole {
		r.Partial = true
	}
	row := reportRow{Report: r, path: in.Path, technique: rules.interesting(r.AttackIDs), stoodAt: now}
	for _, at := range []time.Time{r.Modified, r.Created} {
		if !at.IsZero() {
			row.stoodAt = at
			break
		}
	}
	for _, i := range r.Indicators {
		row.keys = append(row.keys, i.trace().Key())
	}
	if r.Header != nil {
		row.keys = r.Header.Traces
	}
	// A feed may touch a report without changing it.
	content := r
	content.Modified = time.Time{}
	encoded, err := json.Marshal(content)
	if err != nil {
		return reportRow{}, fmt.Errorf("encode report %s: %w", r.ID, err)
	}
	sum := sha256.Sum256(encoded)
	row.hash = sum[:]
	return row, nil
}

// replaces reports whether a report is to be written over the one that is held, given that it came later.
func (r *reportRow) replaces(old storedReport) bool {
	switch {
	case r.Header != nil && old.Kept == "full" && (old.Modified == nil || !r.Modified.After(*old.Modified)):
		return false // what is held has its indicators
	case old.Modified == nil || r.Modified.IsZero():
	case r.Modified.Before(*old.Modified):
		return false
	case r.Modified.Equal(*old.Modified) && r.Partial && !old.Partial:
		return false // the same state, less of it
	}
	return !bytes.Equal(r.hash, old.Hash)
}

// asHeader reports whether it is kept without indicators.
func (r *reportRow) asHeader() bool { return !r.touches || r.Header != nil }

// clean sorts and bounds what came of another store.
func (h *ReportHeader) clean() *ReportHeader {
	out := &ReportHeader{Counts: map[string]int{}, Traces: unique(append([]int64(nil), h.Traces...))}
	out.Traces = out.Traces[:min(len(out.Traces), maxTraceKeys)]
	for _, kind := range slices.Sorted(maps.Keys(h.Counts)) {
		if name := cut(kind, 60); name != "" && h.Counts[kind] > 0 && len(out.Counts) < maxReportWords {
			out.Counts[name] = h.Counts[kind]
		}
	}
	return out
}

// traceKeys are what is left of the indicators in a header.
func (r *reportRow) traceKeys() []int64 {
	keys := unique(slices.Clone(r.keys))
	return keys[:min(len(keys), maxTraceKeys)]
}

// words are what a search for a part of a word looks through.
func (r *reportRow) words() string {
	list := slices.Concat([]string{r.Name, r.Adversary}, r.MalwareFamilies, r.Tags)
	return cut(strings.ToLower(strings.Join(list, "\n")), maxReportWords*20)
}

func (r *reportRow) counts() map[string]int {
	if r.Header != nil {
		return r.Header.Counts
	}
	out := map[string]int{}
	for _, i := range r.Indicators {
		out[i.Type]++
	}
	return out
}

// trace reads an indicator by its type; one that is not what its type says is compared as text.
func (i Indicator) trace() ident.Trace {
	var t ident.Trace
	var ok bool
	switch kind := strings.ToLower(i.Type); {
	case kind == "domain" || kind == "hostname" || kind == "ipv4" || kind == "ipv6":
		t, ok = ident.HostTrace(i.Value)
	case kind == "url" || kind == "uri":
		t, ok = ident.URLTrace(i.Value)
	case strings.HasPrefix(kind, "filehash-"):
		t, ok = ident.HashTrace(i.Value)
	}
	if !ok {
		t = ident.Trace{Kind: ident.TraceOther, Text: strings.ToLower(i.Value)}
	}
	return t
}

// indicators cleans, sorts and bounds a list; whole is false when it had to be cut.
func indicators(list []Indicator) (out []Indicator, whole bool) {
	out = make([]Indicator, 0, len(list))
	for _, i := range list {
		i.Type, i.Value, i.Role = cut(i.Type, 60), cut(i.Value, maxIndicator), cut(i.Role, 100)
		i.Expires = i.Expires.UTC().Truncate(time.Microsecond)
		if i.Type != "" && i.Value != "" {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b Indicator) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Value, b.Value), -a.Expires.Compare(b.Expires),
			cmp.Compare(b.Role, a.Role))
	})
	out = slices.CompactFunc(out, func(a, b Indicator) bool { return a.Type == b.Type && a.Value == b.Value })
	if len(out) > maxIndicators {
		return out[:maxIndicators], false
	}
	return out, true
}

var namedCVE = regexp.MustCompile(`(?i)\bCVE-\d{4}-\d{4,7}\b`)

// reportCVEs are those that the report names: as the feed found them, by its CVE indicators, and in its texts and the
// addresses that it refers to.
func reportCVEs(r Report) []string {
	list := upper(r.CVEs)
	for _, i := range r.Indicators {
		if strings.EqualFold(i.Type, "CVE") {
			list = append(list, strings.ToUpper(strings.TrimSpace(i.Value)))
		}
	}
	for _, text := range slices.Concat(r.Tags, []string{r.Name, r.Description}, r.References) {
		list = append(list, upper(namedCVE.FindAllString(text, maxReportCVEs))...)
	}
	list = slices.DeleteFunc(list, func(id string) bool { return !IsCVE(id) || len(id) > 30 })
	slices.Sort(list)
	list = slices.Compact(list)
	return list[:min(len(list), maxReportCVEs)]
}

// foldTLP brings the marking to FIRST's words of TLP 1.0, as OTX uses them; one that is not known is kept as it is.
func foldTLP(s string) string {
	s = strings.ToLower(cut(s, 30))
	s = strings.TrimPrefix(s, "tlp:")
	if s == "clear" {
		return "white"
	}
	return s
}

// MayShare says whether a report with this marking may leave the organisation: white and green, or no marking. Amber, red
// and words that nobody knows may not.
func MayShare(tlp string) bool { return tlp == "" || tlp == "white" || tlp == "green" }

func upper(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToUpper(strings.TrimSpace(s))
	}
	return out
}

// words cleans and sorts a list that is a set.
func words(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s = cut(s, 2048); s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxReportWords)]
}

// cut makes text that PostgreSQL takes, of at most so many bytes.
func cut(s string, most int) string {
	s = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD"))
	if len(s) <= most {
		return s
	}
	for !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
