package simulator

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// osv serves the public bucket: for each ecosystem all.zip, modified_id.csv and the single records.
type osv struct {
	config Config

	mu         sync.Mutex
	ecosystems map[string]*ecosystem
}

type ecosystem struct {
	records map[string]*osvRecord
	changed time.Time
	packed  []byte // all.zip; nil: to be made
}

type osvRecord struct {
	entry    *zip.File // where raw is nil
	raw      json.RawMessage
	modified time.Time
}

func newOSV(c Config) (service, error) {
	return &osv{config: c, ecosystems: map[string]*ecosystem{}}, nil
}

// ecosystem opens an ecosystem's data when it is first asked for; nil where nothing is known of it.
func (o *osv) ecosystem(name string) (*ecosystem, error) {
	if e, ok := o.ecosystems[name]; ok {
		return e, nil
	}
	if name == "" || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return nil, nil
	}
	packed, err := o.config.read("advisories", name, "all.zip")
	if packed == nil {
		return nil, err
	}
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	e := &ecosystem{records: map[string]*osvRecord{}, packed: packed}
	for _, f := range archive.File {
		one := &osvRecord{entry: f}
		raw, err := one.read()
		if err != nil {
			return nil, err
		}
		var head struct {
			Modified time.Time `json:"modified"`
		}
		// A record with a time that cannot be read counts as very old.
		_ = json.Unmarshal(raw, &head)
		if one.modified = head.Modified; one.modified.After(e.changed) {
			e.changed = one.modified
		}
		e.records[strings.TrimSuffix(path.Base(f.Name), ".json")] = one
	}
	o.ecosystems[name] = e
	return e, nil
}

func (r *osvRecord) read() (json.RawMessage, error) {
	if r.raw != nil {
		return r.raw, nil
	}
	in, err := r.entry.Open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", r.entry.Name, err)
	}
	raw, err := io.ReadAll(in)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.entry.Name, err)
	}
	return raw, in.Close()
}

func (o *osv) serve(w http.ResponseWriter, r *http.Request, c *call) {
	o.mu.Lock()
	defer o.mu.Unlock()
	name, file, below := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if !below {
		http.NotFound(w, r)
		return
	}
	e, err := o.ecosystem(name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if e == nil {
		notInBucket(w)
		return
	}
	switch {
	case file == "all.zip":
		if e.packed == nil {
			if e.packed, err = e.pack(); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		body := e.packed
		if c.has(Empty) {
			body = emptyZip
		}
		whole(w, r, "application/zip", e.changed, body)
	case file == "modified_id.csv":
		body := e.list()
		if c.has(Empty) {
			body = nil
		}
		whole(w, r, "text/csv", e.changed, body)
	default:
		one, ok := e.records[strings.TrimSuffix(file, ".json")]
		if !ok {
			notInBucket(w)
			return
		}
		raw, err := one.read()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		whole(w, r, "application/json", one.modified, raw)
	}
}

// emptyZip is an archive without entries.
var emptyZip = append([]byte("PK\x05\x06"), make([]byte, 18)...)

func notInBucket(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte(`<?xml version='1.0' encoding='UTF-8'?><Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>`))
}

func (e *ecosystem) pack() ([]byte, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, id := range sortedKeys(e.records) {
		raw, err := e.records[id].read()
		if err != nil {
			return nil, err
		}
		w, err := archive.CreateHeader(&zip.FileHeader{Name: id + ".json", Method: zip.Deflate, Modified: e.records[id].modified})
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", id, err)
		}
		if _, err := w.Write(raw); err != nil {
			return nil, fmt.Errorf("pack %s: %w", id, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return out.Bytes(), nil
}

// list is modified_id.csv: newest first, up to nanoseconds.
func (e *ecosystem) list() []byte {
	ids := sortedKeys(e.records)
	slices.SortStableFunc(ids, func(a, b string) int { return e.records[b].modified.Compare(e.records[a].modified) })
	var out bytes.Buffer
	for _, id := range ids {
		fmt.Fprintf(&out, "%s,%s\n", e.records[id].modified.UTC().Format(time.RFC3339Nano), id)
	}
	return out.Bytes()
}

// put files a record under every ecosystem that it names, and takes it from those that it no longer names.
func (o *osv) put(id string, raw json.RawMessage, at time.Time) error {
	raw, err := with(raw, "modified", stamp(at))
	if err != nil {
		return err
	}
	var record struct {
		Affected []struct {
			Package struct {
				Ecosystem string `json:"ecosystem"`
			} `json:"package"`
		} `json:"affected"`
	}
	if err := json.Unmarshal(raw, &record); err != nil {
		return fmt.Errorf("read the record: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	named := map[string]bool{}
	for _, a := range record.Affected {
		base, _, _ := strings.Cut(a.Package.Ecosystem, ":")
		named[base] = true
	}
	for name := range named {
		e, err := o.ecosystem(name)
		if err != nil {
			return err
		}
		if e == nil {
			e = &ecosystem{records: map[string]*osvRecord{}}
			o.ecosystems[name] = e
		}
		e.records[id] = &osvRecord{raw: raw, modified: at}
		e.changed, e.packed = at, nil
	}
	for name, e := range o.ecosystems {
		if _, held := e.records[id]; held && !named[name] {
			delete(e.records, id)
			e.changed, e.packed = at, nil
		}
	}
	return nil
}

// withdraw works on the ecosystems that were asked for before, as remove and touch do.
func (o *osv) withdraw(id string, at time.Time) error {
	return o.each(id, func(e *ecosystem, one *osvRecord) error {
		raw, err := one.read()
		if err == nil {
			raw, err = with(raw, "withdrawn", stamp(at))
		}
		if err == nil {
			raw, err = with(raw, "modified", stamp(at))
		}
		one.raw, one.modified = raw, at
		e.changed, e.packed = at, nil
		return err
	})
}

func (o *osv) remove(id string, at time.Time) error {
	return o.each(id, func(e *ecosystem, _ *osvRecord) error {
		delete(e.records, id)
		e.changed, e.packed = at, nil
		return nil
	})
}

func (o *osv) touch(at time.Time) error {
	return o.each("", func(e *ecosystem, one *osvRecord) error {
		raw, err := one.read()
		if err == nil {
			raw, err = with(raw, "modified", stamp(at))
		}
		one.raw, one.modified = raw, at
		e.changed, e.packed = at, nil
		return err
	})
}

func (o *osv) each(id string, do func(*ecosystem, *osvRecord) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	found := false
	for _, e := range o.ecosystems {
		for held, one := range e.records {
			if id != "" && held != id {
				continue
			}
			found = true
			if err := do(e, one); err != nil {
				return err
			}
		}
	}
	if !found {
		return fmt.Errorf("no record %q in the ecosystems asked for so far", id)
	}
	return nil
}
