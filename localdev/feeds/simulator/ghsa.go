package simulator

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ghsa serves the list of GitHub's advisories as the REST API does. Its records are put there, or are the copies in OSV
// form of the data folder, brought back to GitHub's form.
type ghsa struct {
	config Config
	token  string
	used   window

	mu      sync.Mutex
	loaded  bool
	records map[string]ghsaRecord
}

type ghsaRecord struct {
	raw       json.RawMessage
	kind      string
	updated   time.Time
	published time.Time
}

func newGHSA(c Config) (service, error) {
	return &ghsa{config: c, token: c.Keys["ghsa"], used: window{length: time.Hour}, records: map[string]ghsaRecord{}}, nil
}

func readGHSA(raw json.RawMessage) (string, ghsaRecord, error) {
	var head struct {
		ID        string    `json:"ghsa_id"`
		Type      string    `json:"type"`
		Updated   time.Time `json:"updated_at"`
		Published time.Time `json:"published_at"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return "", ghsaRecord{}, fmt.Errorf("read an advisory: %w", err)
	}
	return head.ID, ghsaRecord{raw: raw, kind: cmp.Or(head.Type, "reviewed"), updated: head.Updated, published: head.Published}, nil
}

// gitHubSays is the body of GitHub's refusals.
func gitHubSays(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"message": message, "documentation_url": "https://docs.github.com/rest"})
}

func (g *ghsa) serve(w http.ResponseWriter, r *http.Request, c *call) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.UserAgent() == "" {
		gitHubSays(w, http.StatusForbidden, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header")
		return
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token != "" && g.token != "" && token != g.token {
		gitHubSays(w, http.StatusUnauthorized, "Bad credentials")
		return
	}
	most := 60
	if token != "" {
		most = 5000
	}
	left, reset, ok := g.used.take(token, most, c.steady)
	if c.limits {
		w.Header().Set("X-Ratelimit-Limit", strconv.Itoa(most))
		w.Header().Set("X-Ratelimit-Remaining", strconv.Itoa(max(0, left)))
		w.Header().Set("X-Ratelimit-Used", strconv.Itoa(most-left))
		w.Header().Set("X-Ratelimit-Reset", strconv.FormatInt(reset.Unix(), 10))
		w.Header().Set("X-Ratelimit-Resource", "core")
		if !ok {
			gitHubSays(w, http.StatusForbidden, "API rate limit exceeded for 203.0.113.7.")
			return
		}
	}
	if err := g.load(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if id, single := strings.CutPrefix(r.URL.Path, "/advisories/"); single {
		one, held := g.records[id]
		if !held {
			gitHubSays(w, http.StatusNotFound, "Not Found")
			return
		}
		writeJSON(w, http.StatusOK, one.raw)
		return
	}
	if r.URL.Path != "/advisories" {
		gitHubSays(w, http.StatusNotFound, "Not Found")
		return
	}
	g.list(w, r, c)
}

func (g *ghsa) list(w http.ResponseWriter, r *http.Request, c *call) {
	q := r.URL.Query()
	size, since, refusal := readGHSAQuery(q)
	if refusal != "" {
		gitHubSays(w, http.StatusUnprocessableEntity, refusal)
		return
	}
	kind := cmp.Or(q.Get("type"), "reviewed")
	type line struct {
		id string
		ghsaRecord
	}
	var lines []line
	for id, one := range g.records {
		if one.kind == kind && !one.updated.Before(since) && !one.updated.After(c.now) {
			lines = append(lines, line{id, one})
		}
	}
	by := func(l line) time.Time { return l.published }
	if q.Get("sort") == "updated" {
		by = func(l line) time.Time { return l.updated }
	}
	place := func(l line) string { return by(l).UTC().Format("20060102T150405.000000000") + l.id }
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(place(a), place(b)) })
	asc := q.Get("direction") == "asc"
	if !asc {
		slices.Reverse(lines)
	}
	if after := q.Get("after"); after != "" {
		at, err := base64.RawURLEncoding.DecodeString(after)
		if err != nil {
			gitHubSays(w, http.StatusUnprocessableEntity, "Invalid cursor")
			return
		}
		lines = slices.DeleteFunc(lines, func(l line) bool {
			return asc && place(l) <= string(at) || !asc && place(l) >= string(at)
		})
	}
	more := len(lines) > size
	if lines = lines[:min(size, len(lines))]; c.has(Empty) {
		lines, more = nil, false
	}
	body := []json.RawMessage{}
	for _, l := range lines {
		body = append(body, l.raw)
	}
	if more {
		q.Set("after", base64.RawURLEncoding.EncodeToString([]byte(place(lines[len(lines)-1]))))
		w.Header().Set("Link", fmt.Sprintf(`<%s/advisories?%s>; rel="next"`, c.base, q.Encode()))
	}
	writeJSON(w, http.StatusOK, body)
}

func readGHSAQuery(q url.Values) (size int, since time.Time, refusal string) {
	size = 30
	if q.Has("per_page") {
		n, err := strconv.Atoi(q.Get("per_page"))
		if err != nil || n < 1 || n > 100 {
			return 0, since, "per_page must be from 1 to 100"
		}
		size = n
	}
	if !slices.Contains([]string{"", "reviewed", "malware", "unreviewed"}, q.Get("type")) {
		return 0, since, "type is not one of reviewed, malware, unreviewed"
	}
	if updated := q.Get("updated"); updated != "" {
		at, found := strings.CutPrefix(updated, ">=")
		var err error
		if since, err = time.Parse(time.RFC3339, at); err != nil || !found {
			return 0, since, "updated is no date that is understood"
		}
	}
	return size, since, ""
}

func (g *ghsa) put(id string, raw json.RawMessage, at time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.load(); err != nil {
		return err
	}
	return g.change(id, raw, at)
}

func (g *ghsa) change(id string, raw json.RawMessage, at time.Time) error {
	raw, err := with(raw, "updated_at", at.UTC().Truncate(time.Second))
	if err == nil {
		raw, err = with(raw, "ghsa_id", id)
	}
	if err != nil {
		return err
	}
	_, one, err := readGHSA(raw)
	if err != nil {
		return err
	}
	g.records[id] = one
	return nil
}

func (g *ghsa) withdraw(id string, at time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	one, held := g.records[id]
	if !held {
		return fmt.Errorf("no advisory %q", id)
	}
	raw, err := with(one.raw, "withdrawn_at", at.UTC().Truncate(time.Second))
	if err != nil {
		return err
	}
	return g.change(id, raw, at)
}

func (g *ghsa) remove(id string, _ time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, held := g.records[id]; !held {
		return fmt.Errorf("no advisory %q", id)
	}
	delete(g.records, id)
	return nil
}

func (g *ghsa) touch(at time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.load(); err != nil {
		return err
	}
	for id, one := range g.records {
		if err := g.change(id, one.raw, at); err != nil {
			return err
		}
	}
	return nil
}
