package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// otxInline is the number of indicators that a listing shows of a pulse; the rest is at /pulses/{id}/indicators.
const otxInline = 100

// otx serves the pulses of AlienVault OTX, newest first.
type otx struct {
	key     string
	perHour int
	used    window

	mu     sync.Mutex
	pulses map[string]pulse
	events []otxEvent // newest first
}

type pulse struct {
	raw      json.RawMessage // without its indicators
	traces   []json.RawMessage
	modified time.Time
}

type otxEvent struct {
	ObjectType string `json:"object_type"`
	Action     string `json:"action"`
	ObjectID   string `json:"object_id"`
	Created    string `json:"created"`

	at time.Time
}

func newOTX(c Config) (service, error) {
	o := &otx{key: c.Keys["otx"], perHour: 10_000, used: window{length: time.Hour}, pulses: map[string]pulse{}}
	files, err := filepath.Glob(filepath.Join(c.Data, "otx", "subscribed-page-*.json"))
	if err != nil || c.Data == "" {
		return o, err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read pulses: %w", err)
		}
		var page struct {
			Results []json.RawMessage `json:"results"`
		}
		if err := json.Unmarshal(data, &page); err != nil {
			return nil, fmt.Errorf("read %s: %w", filepath.Base(file), err)
		}
		for _, raw := range page.Results {
			id, one, err := readPulse(raw)
			if err != nil {
				return nil, err
			}
			o.pulses[id] = one
		}
	}
	return o, nil
}

func readPulse(raw json.RawMessage) (string, pulse, error) {
	var head struct {
		ID         string            `json:"id"`
		Modified   string            `json:"modified"`
		Indicators []json.RawMessage `json:"indicators"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return "", pulse{}, fmt.Errorf("read a pulse: %w", err)
	}
	rest, err := without(raw, "indicators", "more_indicators")
	modified, _ := time.Parse("2006-01-02T15:04:05.999999", head.Modified)
	return head.ID, pulse{raw: rest, traces: head.Indicators, modified: modified}, err
}

func (o *otx) serve(w http.ResponseWriter, r *http.Request, c *call) {
	key := r.Header.Get("X-OTX-API-KEY")
	if key == "" || o.key != "" && key != o.key {
		writeJSON(w, http.StatusForbidden, map[string]string{"detail": "Authentication required"})
		return
	}
	if _, reset, ok := o.used.take(key, o.perHour, c.now); c.limits && !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(reset.Sub(c.now).Seconds())))
		writeJSON(w, http.StatusTooManyRequests, map[string]string{"detail": "Request was throttled."})
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	below, ok := strings.CutPrefix(r.URL.Path, "/api/v1/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	switch parts := strings.Split(strings.Trim(below, "/"), "/"); {
	case below == "users/me":
		writeJSON(w, http.StatusOK, map[string]any{"username": "analyst", "user_id": 1})
	case below == "pulses/subscribed" || below == "pulses/activity":
		o.list(w, r, c, below == "pulses/activity")
	case below == "pulses/events":
		o.listEvents(w, r, c)
	case len(parts) == 3 && parts[0] == "pulses" && parts[2] == "indicators":
		o.listIndicators(w, r, c, parts[1])
	case len(parts) == 2 && parts[0] == "pulses":
		o.single(w, parts[1])
	default:
		writeJSON(w, http.StatusNotFound, map[string]string{"detail": "Not found."})
	}
}

func (o *otx) list(w http.ResponseWriter, r *http.Request, c *call, activity bool) {
	since, _ := readTime(r.URL.Query().Get("modified_since"))
	ids := sortedKeys(o.pulses)
	ids = slices.DeleteFunc(ids, func(id string) bool { return o.pulses[id].modified.Before(since) || c.has(Empty) })
	slices.SortStableFunc(ids, func(a, b string) int { return o.pulses[b].modified.Compare(o.pulses[a].modified) })
	var out []any
	for _, id := range ids {
		p := o.pulses[id]
		raw, err := with(p.raw, "indicators", append([]json.RawMessage{}, p.traces[:min(otxInline, len(p.traces))]...))
		if err == nil {
			raw, err = with(raw, "more_indicators", len(p.traces) > otxInline)
		}
		if err == nil && activity {
			raw, err = without(raw, "tlp")
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		out = append(out, raw)
	}
	page(w, r, c, out)
}

// page answers with one page of a list, its neighbours as absolute URLs.
func page(w http.ResponseWriter, r *http.Request, c *call, all []any) {
	query := r.URL.Query()
	limit, number := 10, 1
	if n, err := strconv.Atoi(query.Get("limit")); err == nil && n > 0 {
		limit = min(n, 100)
	}
	if n, err := strconv.Atoi(query.Get("page")); err == nil && n > 0 {
		number = n
	}
	count := len(all)
	from := min((number-1)*limit, count)
	to := min(from+limit, count)
	if c.has(ShiftTotals) && number > 1 {
		// Something newer has come: the list moved on by one, so the page begins with what the last one ended with.
		from, to, count = max(from-1, 0), max(to-1, 0), count+1
	}
	link := func(number int) any {
		if number < 1 {
			return nil
		}
		query.Set("page", strconv.Itoa(number))
		query.Set("limit", strconv.Itoa(limit))
		return c.base + r.URL.Path + "?" + query.Encode()
	}
	next := any(nil)
	if number*limit < count {
		next = link(number + 1)
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"results": append([]any{}, all[from:to]...), "count": count, "prefetch_pulse_ids": false, "t": 0.01, "t2": 0.2, "t3": 0.1,
		"previous": link(number - 1), "next": next,
	})
}

func (o *otx) listEvents(w http.ResponseWriter, r *http.Request, c *call) {
	since, _ := readTime(r.URL.Query().Get("since"))
	var out []any
	for _, e := range o.events {
		if !e.at.Before(since) && !c.has(Empty) {
			out = append(out, e)
		}
	}
	page(w, r, c, out)
}

func (o *otx) listIndicators(w http.ResponseWriter, r *http.Request, c *call, id string) {
	p, ok := o.pulses[id]
	if !ok {
		writeJSON(w, http.StatusNotFound, map[string]string{"detail": "Not found."})
		return
	}
	var out []any
	for _, raw := range p.traces {
		out = append(out, raw)
	}
	page(w, r, c, out)
}

// single answers in the form that differs from the listings'.
func (o *otx) single(w http.ResponseWriter, id string) {
	p, ok := o.pulses[id]
	object := map[string]any{}
	if !ok || json.Unmarshal(p.raw, &object) != nil {
		writeJSON(w, http.StatusNotFound, map[string]string{"detail": "Not found."})
		return
	}
	object["TLP"], object["author"] = object["tlp"], map[string]any{"username": object["author_name"], "id": "7"}
	object["public"] = object["public"] == float64(1)
	object["malware_families"] = objects(object["malware_families"])
	object["attack_ids"] = objects(object["attack_ids"])
	object["indicator_count"] = len(p.traces)
	object["indicators"] = p.traces
	delete(object, "tlp")
	delete(object, "author_name")
	writeJSON(w, http.StatusOK, object)
}

func objects(list any) []map[string]any {
	out := []map[string]any{}
	values, _ := list.([]any)
	for _, v := range values {
		if name, isText := v.(string); isText {
			out = append(out, map[string]any{"id": name, "name": name, "display_name": name, "target": nil})
		}
	}
	return out
}

// readTime reads a time with or without fraction and zone.
func readTime(s string) (time.Time, error) {
	var t time.Time
	var err error
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999", time.DateOnly} {
		if t, err = time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return t, err
}

func otxTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") }

func (o *otx) put(id string, raw json.RawMessage, at time.Time) error {
	for _, member := range []struct{ name, value string }{{"id", id}, {"modified", otxTime(at)}} {
		var err error
		if raw, err = with(raw, member.name, member.value); err != nil {
			return err
		}
	}
	_, one, err := readPulse(raw)
	if err != nil {
		return err
	}
	one.modified = at
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pulses[id] = one
	return nil
}

// withdraw deletes a pulse, which nothing but the list of events tells of.
func (o *otx) withdraw(id string, at time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.pulses, id)
	o.events = slices.Insert(o.events, 0, otxEvent{
		ObjectType: "pulse", Action: "delete", ObjectID: id, Created: otxTime(at), at: at,
	})
	return nil
}

func (o *otx) remove(id string, _ time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.pulses, id)
	return nil
}

func (o *otx) touch(at time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, p := range o.pulses {
		raw, err := with(p.raw, "modified", otxTime(at))
		if err != nil {
			return err
		}
		p.raw, p.modified = raw, at
		o.pulses[id] = p
	}
	return nil
}
