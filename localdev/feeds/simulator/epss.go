package simulator

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// epss serves the current day's scores under the name that redirects, and under the day's own. A day comes out when a
// score is put or all are touched; its name is the day of the service's clock.
type epss struct {
	mu    sync.Mutex
	model string
	day   time.Time
	rows  []string          // what the data has, without the lines that later ones replace
	set   map[string]string // CVE id to "score,percentile"
	gone  map[string]bool
	body  []byte // nil: to be made
}

func newEPSS(c Config) (service, error) {
	e := &epss{model: "v2026.06.15", day: c.Now(), set: map[string]string{}, gone: map[string]bool{}}
	files, err := filepath.Glob(filepath.Join(c.Data, "epss", "epss_scores-????-??-??.csv.gz"))
	if err != nil || len(files) == 0 || c.Data == "" {
		return e, err
	}
	packed, err := os.ReadFile(slices.Max(files))
	if err != nil {
		return nil, fmt.Errorf("read scores: %w", err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("read scores: %w", err)
	}
	for lines := bufio.NewScanner(unpacked); lines.Scan(); {
		line := lines.Text()
		if first, isComment := strings.CutPrefix(line, "#model_version:"); isComment {
			e.model, _, _ = strings.Cut(first, ",")
		} else if strings.HasPrefix(line, "CVE-") {
			e.rows = append(e.rows, line)
		}
	}
	return e, nil
}

func (e *epss) serve(w http.ResponseWriter, r *http.Request, c *call) {
	e.mu.Lock()
	name := "epss_scores-" + e.day.UTC().Format(time.DateOnly) + ".csv.gz"
	if e.body == nil {
		e.body = e.pack()
	}
	body, day := e.body, e.day
	e.mu.Unlock()
	if c.has(Empty) {
		body = []byte{}
	}
	switch strings.TrimPrefix(r.URL.Path, "/") {
	case "epss_scores-current.csv.gz":
		http.Redirect(w, r, c.base+"/"+name, http.StatusFound)
	case name:
		whole(w, r, "application/gzip", day, body)
	default:
		http.NotFound(w, r)
	}
}

func (e *epss) pack() []byte {
	var out bytes.Buffer
	packer := gzip.NewWriter(&out)
	lines := bufio.NewWriter(packer)
	// Writing to memory does not fail.
	_, _ = fmt.Fprintf(lines, "#model_version:%s,score_date:%s\ncve,epss,percentile\n", e.model,
		e.day.UTC().Format("2006-01-02T15:04:05Z"))
	for _, row := range e.rows {
		id, _, _ := strings.Cut(row, ",")
		if _, replaced := e.set[id]; !replaced && !e.gone[id] {
			_, _ = lines.WriteString(row + "\n")
		}
	}
	for _, id := range sortedKeys(e.set) {
		_, _ = lines.WriteString(id + "," + e.set[id] + "\n")
	}
	_ = lines.Flush()
	_ = packer.Close()
	return out.Bytes()
}

// put takes {"epss": 0.5, "percentile": 0.9}, or under the id "model" the name of another model as a JSON string.
func (e *epss) put(id string, raw json.RawMessage, at time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.body, e.day = nil, at
	if id == "model" {
		return json.Unmarshal(raw, &e.model)
	}
	var score struct {
		EPSS       json.Number `json:"epss"`
		Percentile json.Number `json:"percentile"`
	}
	if err := json.Unmarshal(raw, &score); err != nil {
		return fmt.Errorf("read the score: %w", err)
	}
	e.set[id] = score.EPSS.String() + "," + score.Percentile.String()
	delete(e.gone, id)
	return nil
}

func (e *epss) withdraw(id string, at time.Time) error { return e.remove(id, at) }

func (e *epss) remove(id string, at time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.set, id)
	e.gone[id] = true
	e.body, e.day = nil, at
	return nil
}

func (e *epss) touch(at time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.body, e.day = nil, at
	return nil
}
