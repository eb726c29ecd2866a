package simulator

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// cve serves the CVE List as its repository does: below /main the record files and the log of changes, below
// /releases/download the daily baselines. What the data folder has counts as one delta of the start.
type cve struct {
	mu      sync.Mutex
	records map[string]json.RawMessage
	log     []delta // newest first
}

type delta struct {
	FetchTime string        `json:"fetchTime"`
	Changes   int           `json:"numberOfChanges"`
	New       []deltaRecord `json:"new"`
	Updated   []deltaRecord `json:"updated"`
	Error     []any         `json:"error"`

	at time.Time
}

type deltaRecord struct {
	ID      string `json:"cveId"`
	Org     string `json:"cveOrgLink"`
	GitHub  string `json:"githubLink"`
	Updated string `json:"dateUpdated"`
}

func newCVE(c Config) (service, error) {
	l := &cve{records: map[string]json.RawMessage{}}
	packed, err := c.read("cve", "cve-records.zip")
	if packed == nil {
		return l, err
	}
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, fmt.Errorf("open the records: %w", err)
	}
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, ".json") {
			continue
		}
		in, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", f.Name, err)
		}
		raw, err := io.ReadAll(in)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name, err)
		}
		l.records[strings.TrimSuffix(filepath.Base(f.Name), ".json")] = raw
	}
	l.note(c.Now(), nil, sortedKeys(l.records))
	return l, nil
}

// note adds a delta to the log, which reaches 30 days back.
func (l *cve) note(at time.Time, added, updated []string) {
	list := func(ids []string) []deltaRecord {
		out := []deltaRecord{}
		for _, id := range ids {
			out = append(out, deltaRecord{
				ID: id, Org: "https://www.cve.org/CVERecord?id=" + id,
				GitHub:  "https://raw.githubusercontent.com/CVEProject/cvelistV5/main/" + pathOfCVE(id),
				Updated: at.UTC().Format("2006-01-02T15:04:05.000Z"),
			})
		}
		return out
	}
	l.log = append([]delta{{
		FetchTime: at.UTC().Format("2006-01-02T15:04:05.000Z"), Changes: len(added) + len(updated),
		New: list(added), Updated: list(updated), Error: []any{}, at: at,
	}}, l.log...)
	for len(l.log) > 1 && l.log[len(l.log)-1].at.Before(at.AddDate(0, 0, -30)) {
		l.log = l.log[:len(l.log)-1]
	}
}

var cveID = regexp.MustCompile(`^CVE-(\d{4})-(\d{4,})$`)

// pathOfCVE is "cves/2026/1xxx/CVE-2026-1731.json".
func pathOfCVE(id string) string {
	m := cveID.FindStringSubmatch(id)
	if m == nil {
		return "cves/" + id + ".json"
	}
	return fmt.Sprintf("cves/%s/%sxxx/%s.json", m[1], m[2][:len(m[2])-3], id)
}

func (l *cve) serve(w http.ResponseWriter, r *http.Request, c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	log := l.log
	if c.has(Empty) {
		log = nil
	}
	file := strings.TrimPrefix(r.URL.Path, "/main/")
	switch {
	case file == "cves/deltaLog.json":
		body, err := json.Marshal(append([]delta{}, log...))
		l.answer(w, r, body, err)
	case file == "cves/delta.json":
		var newest delta
		if len(log) > 0 {
			newest = log[0]
		}
		body, err := json.Marshal(newest)
		l.answer(w, r, body, err)
	case strings.HasPrefix(r.URL.Path, "/releases/download/"):
		l.release(w, r, c)
	default:
		id := strings.TrimSuffix(filepath.Base(file), ".json")
		raw, ok := l.records[id]
		if !ok || pathOfCVE(id) != file {
			http.Error(w, "404: Not Found", http.StatusNotFound)
			return
		}
		l.answer(w, r, raw, nil)
	}
}

// answer serves a file with the type that the raw host gives to all text.
func (l *cve) answer(w http.ResponseWriter, r *http.Request, body []byte, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	contentType := "text/plain; charset=utf-8"
	if strings.Contains(r.URL.Path, ".zip") {
		contentType = "application/octet-stream"
	}
	whole(w, r, contentType, time.Time{}, body)
}

// release serves the archives: of all records at midnight, an archive in an archive; and of what changed on a day that
// is over.
func (l *cve) release(w http.ResponseWriter, r *http.Request, c *call) {
	file := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if strings.HasSuffix(file, "_all_CVEs_at_midnight.zip.zip") {
		files := map[string][]byte{}
		for id, raw := range l.records {
			files[pathOfCVE(id)] = raw
		}
		inner, err := packFiles(files)
		if err == nil {
			inner, err = packFiles(map[string][]byte{"cves.zip": inner})
		}
		l.answer(w, r, inner, err)
		return
	}
	name, isDay := strings.CutSuffix(file, "_delta_CVEs_at_end_of_day.zip")
	files := map[string][]byte{}
	for _, d := range l.log {
		if d.at.UTC().Format(time.DateOnly) == name {
			for _, one := range append(append([]deltaRecord{}, d.New...), d.Updated...) {
				if raw, held := l.records[one.ID]; held {
					files["deltaCves/"+one.ID+".json"] = raw
				}
			}
		}
	}
	if !isDay || len(files) == 0 || name >= c.now.UTC().Format(time.DateOnly) {
		http.NotFound(w, r)
		return
	}
	body, err := packFiles(files)
	l.answer(w, r, body, err)
}

func packFiles(files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, name := range sortedKeys(files) {
		w, err := archive.Create(name)
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
		if _, err := w.Write(files[name]); err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return out.Bytes(), nil
}

func (l *cve) put(id string, raw json.RawMessage, at time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	raw, err := l.dated(raw, "dateUpdated", at)
	if err != nil {
		return err
	}
	_, held := l.records[id]
	l.records[id] = raw
	if held {
		l.note(at, nil, []string{id})
	} else {
		l.note(at, []string{id}, nil)
	}
	return nil
}

// dated sets a member of cveMetadata.
func (l *cve) dated(raw json.RawMessage, name string, value any) (json.RawMessage, error) {
	var record struct {
		Metadata json.RawMessage `json:"cveMetadata"`
	}
	if err := json.Unmarshal(raw, &record); err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	if at, ok := value.(time.Time); ok {
		value = at.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	metadata, err := with(record.Metadata, name, value)
	if err != nil {
		return nil, err
	}
	return with(raw, "cveMetadata", metadata)
}

func (l *cve) withdraw(id string, at time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	raw, ok := l.records[id]
	if !ok {
		return fmt.Errorf("no record %q", id)
	}
	for _, change := range []struct {
		name  string
		value any
	}{{"state", "REJECTED"}, {"dateRejected", at}, {"dateUpdated", at}} {
		var err error
		if raw, err = l.dated(raw, change.name, change.value); err != nil {
			return err
		}
	}
	// A rejected record keeps nothing but the reason.
	raw, err := with(raw, "containers", map[string]any{"cna": map[string]any{
		"rejectedReasons": []map[string]string{{"lang": "en", "value": "The id was withdrawn by its CNA."}},
	}})
	if err != nil {
		return err
	}
	l.records[id] = raw
	l.note(at, nil, []string{id})
	return nil
}

func (l *cve) remove(id string, _ time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.records, id)
	return nil
}

func (l *cve) touch(at time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, raw := range l.records {
		raw, err := l.dated(raw, "dateUpdated", at)
		if err != nil {
			return err
		}
		l.records[id] = raw
	}
	l.note(at, nil, sortedKeys(l.records))
	return nil
}
