package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// nvd serves the CVE API 2.0 and the yearly files of the National Vulnerability Database. Its records are those of the
// data folder, and any number of made-up ones that are written when they are asked for.
type nvd struct {
	key  string
	used window

	mu      sync.Mutex
	records []nvdRecord // in an order that says nothing of their changes, as at NVD
	at      map[string]int
	shifted int // pages served while totals shift
}

// nvdRecord is one record. Those without raw are made up from their number.
type nvdRecord struct {
	raw      json.RawMessage // an item: {"cve": {...}}
	number   int
	modified time.Time
	before   *nvdRecord // as it was before today, which is how the yearly files still have it; nil: it was not there
}

func newNVD(c Config) (service, error) {
	n := &nvd{key: c.Keys["nvd"], used: window{length: 30 * time.Second}, at: map[string]int{}}
	for i := range c.NVD {
		at := synthesised(i)
		n.records = append(n.records, nvdRecord{number: i, modified: at})
		n.at[syntheticID(i)] = i
	}
	files, err := filepath.Glob(filepath.Join(c.Data, "nvd", "*page-*.json"))
	if err != nil || c.Data == "" {
		return n, err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read a page of NVD: %w", err)
		}
		var page struct {
			Items []json.RawMessage `json:"vulnerabilities"`
		}
		if err := json.Unmarshal(data, &page); err != nil {
			return nil, fmt.Errorf("read %s: %w", filepath.Base(file), err)
		}
		for _, raw := range page.Items {
			id, modified, err := headOfCVE(raw)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", filepath.Base(file), err)
			}
			i, twice := n.at[id]
			if !twice {
				n.at[id] = len(n.records)
				n.records = append(n.records, nvdRecord{raw: raw, modified: modified})
			} else if modified.After(n.records[i].modified) {
				n.records[i] = nvdRecord{raw: raw, modified: modified}
			}
		}
	}
	return n, nil
}

// nvdTime is the form of NVD's times: milliseconds and no zone.
const nvdTime = "2006-01-02T15:04:05.000"

func headOfCVE(raw json.RawMessage) (id string, modified time.Time, err error) {
	var head struct {
		CVE struct {
			ID       string `json:"id"`
			Modified string `json:"lastModified"`
		} `json:"cve"`
	}
	if err := json.Unmarshal(raw, &head); err != nil || head.CVE.ID == "" {
		return "", modified, errors.Join(errors.New("a record is no NVD item"), err)
	}
	modified, err = time.Parse("2006-01-02T15:04:05.999", head.CVE.Modified)
	return head.CVE.ID, modified, err
}

func (n *nvd) serve(w http.ResponseWriter, r *http.Request, c *call) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name, found := strings.CutPrefix(r.URL.Path, "/feeds/json/cve/2.0/"); found {
		n.file(w, r, c, name)
		return
	}
	if r.URL.Path != "/rest/json/cves/2.0" {
		http.NotFound(w, r)
		return
	}
	key := r.Header.Get("apiKey")
	if key != "" && n.key != "" && key != n.key {
		nvdRefuses(w, "Invalid apiKey.")
		return
	}
	most := 5
	if key != "" {
		most = 50
	}
	if _, _, ok := n.used.take(key, most, c.steady); c.limits && !ok {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<html><body><h1>Request forbidden by administrative rules.</h1></body></html>"))
		return
	}
	q, message := readNVDQuery(r.URL.Query())
	if message != "" {
		nvdRefuses(w, message)
		return
	}
	n.page(w, q, c)
}

// nvdRefuses is how NVD says what is wrong with a request: in a header, with status 404 and no body.
func nvdRefuses(w http.ResponseWriter, message string) {
	w.Header().Set("message", message)
	w.WriteHeader(http.StatusNotFound)
}

// nvdQuery is what a request asks for.
type nvdQuery struct {
	id              string
	from, to        time.Time // of the last change; zero: of all times
	pubFrom, pubTo  time.Time
	start, size     int
	withoutRejected bool
}

// nvdParameters are the documented ones; those without true are taken and change nothing here.
var nvdParameters = map[string]bool{
	"cveId": true, "lastModStartDate": true, "lastModEndDate": true, "pubStartDate": true, "pubEndDate": true,
	"startIndex": true, "resultsPerPage": true, "noRejected": true, "cpeName": false, "isVulnerable": false,
	"virtualMatchString": false, "cvssV3Severity": false, "cweId": false, "hasKev": false, "keywordSearch": false,
	"sourceIdentifier": false,
}

func readNVDQuery(v url.Values) (q nvdQuery, refusal string) {
	for name := range v {
		if _, known := nvdParameters[name]; !known {
			return q, "Invalid parameter: " + name
		}
	}
	q.id, q.size, q.withoutRejected = v.Get("cveId"), 2000, v.Has("noRejected")
	for name, into := range map[string]*int{"startIndex": &q.start, "resultsPerPage": &q.size} {
		if !v.Has(name) {
			continue
		}
		number, err := strconv.Atoi(v.Get(name))
		if err != nil || number < 0 || name == "resultsPerPage" && (number < 1 || number > 2000) {
			return q, "Invalid " + name + " parameter."
		}
		*into = number
	}
	for _, pair := range []struct {
		name     string
		from, to *time.Time
	}{{"lastMod", &q.from, &q.to}, {"pub", &q.pubFrom, &q.pubTo}} {
		first, last := v.Get(pair.name+"StartDate"), v.Get(pair.name+"EndDate")
		if first == "" && last == "" {
			continue
		}
		var bad error
		for i, into := range []*time.Time{pair.from, pair.to} {
			text := []string{first, last}[i]
			at, err := time.Parse("2006-01-02T15:04:05.999Z07:00", text)
			if err != nil {
				at, err = time.Parse("2006-01-02T15:04:05.999", text)
			}
			*into = at
			bad = errors.Join(bad, err)
		}
		switch {
		case bad != nil:
			return q, "Both " + pair.name + "StartDate and " + pair.name + "EndDate are required, in extended ISO-8601 format."
		case pair.to.Before(*pair.from):
			return q, pair.name + "EndDate is before " + pair.name + "StartDate."
		case pair.to.Sub(*pair.from) > 120*24*time.Hour:
			return q, "The maximum allowable range is 120 consecutive days."
		}
	}
	return q, ""
}

func (n *nvd) page(w http.ResponseWriter, q nvdQuery, c *call) {
	var list []int
	for i, one := range n.records {
		if q.admits(one, c.now) {
			list = append(list, i)
		}
	}
	if c.has(ShiftTotals) && q.size > 1 {
		// With each page the first records leave the list, and all others move up.
		if q.start == 0 {
			n.shifted = 0
		}
		list = list[min(len(list), 3*n.shifted):]
		n.shifted++
	}
	total := len(list)
	if c.has(Empty) {
		total, list = 0, nil
	}
	list = list[min(q.start, len(list)):]
	list = list[:min(q.size, len(list))]
	w.Header().Set("Content-Type", "application/json")
	out := &writer{w: w}
	out.printf(`{"resultsPerPage":%d,"startIndex":%d,"totalResults":%d,"format":"NVD_CVE","version":"2.0","timestamp":%q,"vulnerabilities":[`,
		len(list), q.start, total, c.now.UTC().Format(nvdTime))
	for i, at := range list {
		if i > 0 {
			out.printf(",")
		}
		out.write(n.records[at].item())
	}
	out.printf("]}")
}

// writer goes on after whoever reads went away, which nobody has to know.
type writer struct {
	w interface{ Write([]byte) (int, error) }
}

func (w *writer) write(b []byte)                    { _, _ = w.w.Write(b) }
func (w *writer) printf(format string, args ...any) { w.write(fmt.Appendf(nil, format, args...)) }

func (q nvdQuery) admits(one nvdRecord, now time.Time) bool {
	if one.modified.After(now) {
		return false
	}
	if !q.from.IsZero() && (one.modified.Before(q.from) || one.modified.After(q.to)) {
		return false
	}
	if q.id == "" && !q.withoutRejected && q.pubFrom.IsZero() {
		return true
	}
	var head struct {
		CVE struct {
			ID        string `json:"id"`
			Published string `json:"published"`
			Status    string `json:"vulnStatus"`
		} `json:"cve"`
	}
	if json.Unmarshal(one.item(), &head) != nil {
		return false
	}
	published, err := time.Parse("2006-01-02T15:04:05.999", head.CVE.Published)
	return (q.id == "" || q.id == head.CVE.ID) && (!q.withoutRejected || head.CVE.Status != "Rejected") &&
		(q.pubFrom.IsZero() || err == nil && !published.Before(q.pubFrom) && !published.After(q.pubTo))
}

// item is the record as a page has it.
func (r nvdRecord) item() json.RawMessage {
	if r.raw != nil {
		return r.raw
	}
	return synthetic(r.number, r.modified)
}

func (n *nvd) put(id string, raw json.RawMessage, at time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.change(id, raw, at)
}

func (n *nvd) change(id string, raw json.RawMessage, at time.Time) error {
	var item struct {
		CVE json.RawMessage `json:"cve"`
	}
	if err := json.Unmarshal(raw, &item); err != nil || item.CVE == nil {
		return errors.Join(fmt.Errorf("%s: want an item: {\"cve\": {...}}", id), err)
	}
	cve, err := with(item.CVE, "lastModified", at.UTC().Format(nvdTime))
	if err == nil {
		cve, err = with(cve, "id", id)
	}
	if err != nil {
		return err
	}
	one := nvdRecord{raw: slices.Concat([]byte(`{"cve":`), cve, []byte("}")), modified: at.UTC().Truncate(time.Millisecond)}
	if i, held := n.at[id]; held {
		one.before = n.records[i].asOf(at)
		n.records[i] = one
		return nil
	}
	n.at[id] = len(n.records)
	n.records = append(n.records, one)
	return nil
}

// asOf is how a record was at the beginning of the day; nil where it was not.
func (r nvdRecord) asOf(at time.Time) *nvdRecord {
	if r.modified.Before(midnight(at)) {
		r.before = nil
		return &r
	}
	return r.before
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func (n *nvd) withdraw(id string, at time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	i, held := n.at[id]
	if !held {
		return fmt.Errorf("no record %q", id)
	}
	var item struct {
		CVE json.RawMessage `json:"cve"`
	}
	if err := json.Unmarshal(n.records[i].item(), &item); err != nil {
		return fmt.Errorf("read %s: %w", id, err)
	}
	cve, err := with(item.CVE, "vulnStatus", "Rejected")
	if err == nil {
		cve, err = with(cve, "descriptions", []map[string]string{{"lang": "en", "value": "Rejected reason: it is no vulnerability."}})
	}
	if err == nil {
		cve, err = without(cve, "configurations", "metrics", "weaknesses", "affected")
	}
	if err != nil {
		return err
	}
	return n.change(id, slices.Concat([]byte(`{"cve":`), cve, []byte("}")), at)
}

func (n *nvd) remove(id string, _ time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	i, held := n.at[id]
	if !held {
		return fmt.Errorf("no record %q", id)
	}
	n.records = slices.Delete(n.records, i, i+1)
	delete(n.at, id)
	for other, j := range n.at {
		if j > i {
			n.at[other] = j - 1
		}
	}
	return nil
}

// touch spreads the new times over a second, as a mass change takes some time.
func (n *nvd) touch(at time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, one := range n.records {
		at := at.UTC().Add(-time.Duration(i%1000) * time.Millisecond).Truncate(time.Millisecond)
		changed := nvdRecord{raw: one.raw, number: one.number, modified: at, before: one.asOf(at)}
		if one.raw != nil {
			var item map[string]json.RawMessage
			if err := json.Unmarshal(one.raw, &item); err != nil {
				return fmt.Errorf("read a record: %w", err)
			}
			cve, err := with(item["cve"], "lastModified", at.Format(nvdTime))
			if err != nil {
				return err
			}
			changed.raw = slices.Concat([]byte(`{"cve":`), cve, []byte("}"))
		}
		n.records[i] = changed
	}
	return nil
}
