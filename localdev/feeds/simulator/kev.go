package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// kev serves CISA's catalogue: one file, newest entry first, its slashes escaped as CISA escapes them.
type kev struct {
	mu       sync.Mutex
	version  string
	released time.Time
	order    []string // CVE ids, newest first
	entries  map[string]json.RawMessage
	count    int // changes of this day
}

func newKEV(c Config) (service, error) {
	k := &kev{entries: map[string]json.RawMessage{}, released: c.Now()}
	k.version = k.released.UTC().Format("2006.01.02")
	data, err := c.read("kev", "known_exploited_vulnerabilities.json")
	if data == nil {
		return k, err
	}
	var file struct {
		Version  string            `json:"catalogVersion"`
		Released time.Time         `json:"dateReleased"`
		Entries  []json.RawMessage `json:"vulnerabilities"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	k.version, k.released = file.Version, file.Released
	for _, raw := range file.Entries {
		var e struct {
			ID string `json:"cveID"`
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, fmt.Errorf("read an entry: %w", err)
		}
		k.order = append(k.order, e.ID)
		k.entries[e.ID] = raw
	}
	return k, nil
}

func (k *kev) serve(w http.ResponseWriter, r *http.Request, c *call) {
	if !strings.HasSuffix(r.URL.Path, "/known_exploited_vulnerabilities.json") {
		http.NotFound(w, r)
		return
	}
	// The delivery network lets no unknown robot in.
	if agent := r.UserAgent(); agent == "" || strings.HasPrefix(agent, "Go-http-client") {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD></HTML>"))
		return
	}
	k.mu.Lock()
	list := []json.RawMessage{}
	for _, id := range k.order {
		list = append(list, k.entries[id])
	}
	if c.has(Empty) {
		list = nil
	}
	body, err := json.Marshal(map[string]any{
		"title": "CISA Catalog of Known Exploited Vulnerabilities", "catalogVersion": k.version,
		"dateReleased": k.released.UTC().Format("2006-01-02T15:04:05.0000Z"), "count": len(list),
		"vulnerabilities": append([]json.RawMessage{}, list...),
	})
	released := k.released
	k.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	whole(w, r, "application/json", released, body)
}

// change gives the catalogue its next version; a second one of a day has a number.
func (k *kev) change(at time.Time) {
	day := at.UTC().Format("2006.01.02")
	k.count++
	k.released, k.version = at, day
	if k.count > 1 {
		k.version = fmt.Sprintf("%s.%d", day, k.count)
	}
}

func (k *kev) put(id string, raw json.RawMessage, at time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, held := k.entries[id]; !held {
		k.order = slices.Insert(k.order, 0, id)
	}
	k.entries[id] = raw
	k.change(at)
	return nil
}

// withdraw and remove are the same: an entry that CISA takes back is gone from the file.
func (k *kev) withdraw(id string, at time.Time) error { return k.remove(id, at) }

func (k *kev) remove(id string, at time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, held := k.entries[id]; !held {
		return fmt.Errorf("no entry %q", id)
	}
	delete(k.entries, id)
	k.order = slices.DeleteFunc(k.order, func(other string) bool { return other == id })
	k.change(at)
	return nil
}

func (k *kev) touch(at time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.change(at)
	return nil
}
