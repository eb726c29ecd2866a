package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of fault.
const (
	Status      = "status"       // answers Fault.Status with Fault.Body and Fault.Header
	HTML        = "html"         // status 200 and a page for people in place of the data
	Truncate    = "truncate"     // the connection breaks off in the middle of the body
	Cut         = "cut"          // half a body, of a length that claims to be the whole
	Slow        = "slow"         // answers after Fault.Delay, never where that is zero; the request's end ends the wait
	Empty       = "empty"        // success, and nothing in it
	ShiftTotals = "shift_totals" // totals change from page to page, records move from one to the other
	ClockSkew   = "clock_skew"   // the service's clock goes wrong by Fault.Delay
	Schema      = "schema"       // every JSON object has members that nobody has heard of
	NoRange     = "no_range"     // ranges and conditions of the request are ignored
)

// Fault is something that goes wrong with requests to one service.
type Fault struct {
	Service string `json:"service"`
	Kind    string `json:"kind"`
	// Match is a regular expression on the request's path and query without the prefix; empty strikes every request.
	Match string `json:"match,omitempty"`
	// After requests that it would have struck go unharmed first; Times are struck then, 0 for ever.
	After int `json:"after,omitempty"`
	Times int `json:"times,omitempty"`

	Status int               `json:"status,omitempty"`
	Body   string            `json:"body,omitempty"`
	Header map[string]string `json:"header,omitempty"`
	Delay  time.Duration     `json:"delay,omitempty"` // nanoseconds

	pattern *regexp.Regexp
}

var kinds = []string{Status, HTML, Truncate, Cut, Slow, Empty, ShiftTotals, ClockSkew, Schema, NoRange}

// Add lets a fault strike from the next request on.
func (s *Server) Add(f Fault) error {
	if _, ok := s.services[f.Service]; !ok {
		return fmt.Errorf("no service %q", f.Service)
	}
	if !slices.Contains(kinds, f.Kind) {
		return fmt.Errorf("no kind of fault %q: it is one of %s", f.Kind, strings.Join(kinds, ", "))
	}
	if f.Kind == Status && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("fault status: %d is no HTTP status from 200 to 599", f.Status)
	}
	var err error
	if f.pattern, err = regexp.Compile(f.Match); err != nil {
		return fmt.Errorf("fault match: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
	return nil
}

// Clear ends all faults of a service; "" of every service.
func (s *Server) Clear(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults, func(f *Fault) bool { return name == "" || f.Service == name })
}

// Faults lists what is still to strike.
func (s *Server) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Fault{}
	for _, f := range s.faults {
		out = append(out, *f)
	}
	return out
}

// strike notes a request and gives the faults that strike it, using them up.
func (s *Server) strike(name string, r *http.Request, uri string) []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var hit []Fault
	var names []string
	s.faults = slices.DeleteFunc(s.faults, func(f *Fault) bool {
		if f.Service != name || !f.pattern.MatchString(uri) {
			return false
		}
		if f.After > 0 {
			f.After--
			return false
		}
		hit = append(hit, *f)
		names = append(names, f.Kind)
		if f.Times == 0 {
			return false
		}
		f.Times--
		return f.Times == 0
	})
	s.seen = append(s.seen, Request{
		Service: name, Method: r.Method, URI: uri, Agent: r.UserAgent(), Range: r.Header.Get("Range"),
		Fault: strings.Join(names, ","), At: s.config.Now(),
	})
	return hit
}

// misserve answers with what the faults leave of the service's answer.
func misserve(w http.ResponseWriter, r *http.Request, c *call, inner http.Handler) {
	var broken, schema bool
	for _, f := range c.faults {
		switch f.Kind {
		case Slow:
			if !wait(r, f.Delay) {
				return
			}
		case Status:
			for name, value := range f.Header {
				w.Header().Set(name, value)
			}
			if w.Header().Get("Content-Type") == "" {
				w.Header().Set("Content-Type", "text/html")
			}
			w.WriteHeader(f.Status)
			_, _ = w.Write([]byte(f.Body))
			return
		case HTML:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte("<!doctype html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"))
			return
		case NoRange:
			for _, name := range []string{"Range", "If-Range", "If-None-Match", "If-Modified-Since"} {
				r.Header.Del(name)
			}
		case Truncate, Cut:
			broken = true
		case Schema:
			schema = true
		}
	}
	if !broken && !schema {
		inner.ServeHTTP(w, r)
		return
	}
	kept := httptest.NewRecorder()
	inner.ServeHTTP(kept, r)
	body := kept.Body.Bytes()
	maps.Copy(w.Header(), kept.Header())
	if schema {
		body = extend(body)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if broken {
		body = body[:len(body)/2]
		if c.has(Cut) {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
	}
	w.WriteHeader(kept.Code)
	// Fewer bytes than announced make the server close the connection, which is the fault that was asked for.
	_, _ = w.Write(body)
}

// wait lasts for d, or until the client goes away where d is zero; it reports whether the client is still there.
func wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		<-r.Context().Done()
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// extend puts unknown members into every object of a JSON document; what is none stays as it is.
func extend(body []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return body
	}
	out, err := json.Marshal(surprise(value))
	if err != nil {
		return body
	}
	return out
}

func surprise(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			v[key] = surprise(inner)
		}
		v["aMemberOfTomorrow"] = map[string]any{"values": []any{1, "two", nil, true}}
	case []any:
		for i := range v {
			v[i] = surprise(v[i])
		}
	}
	return value
}
