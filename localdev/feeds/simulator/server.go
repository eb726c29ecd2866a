// Package simulator serves the APIs of the intel feeds as the real services do, faults included: for tests, for a start
// without internet and for measurements. It imports nothing of the product, so that a feed's test cannot agree with the
// feed by sharing its mistakes.
//
// Every service has a prefix ("/nvd", "/osv", ...). What a service holds comes from a data folder and from Put; what goes
// wrong is asked for with Add (in a test) or at /control (over HTTP).
package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config says what a Server serves.
type Config struct {
	// Data is a folder with advisories/<Ecosystem>/all.zip, nvd/*.json, kev/*.json, epss/*.csv.gz, cve/cve-records.zip
	// and otx/*.json; what is missing is empty. Empty: nothing but what Put places.
	Data string
	// Now is the services' clock; nil is the real one.
	Now func() time.Time
	// Keys are the API keys that a service takes, by service. A service without an entry takes any.
	Keys map[string]string
	// NVD is the number of made-up records that NVD holds besides those of the data folder.
	NVD int
	// Limits switches the services' real rate limits on.
	Limits bool
}

// read gives a file of the data folder; nil without an error where there is none.
func (c Config) read(elem ...string) ([]byte, error) {
	if c.Data == "" {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(append([]string{c.Data}, elem...)...))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the data folder: %w", err)
	}
	return data, nil
}

// service is one simulated service. Paths come without its prefix. Methods are called from many goroutines.
type service interface {
	serve(w http.ResponseWriter, r *http.Request, c *call)
	// put adds or replaces a record, which is in the service's own form and changes its modification time to at.
	put(id string, raw json.RawMessage, at time.Time) error
	// withdraw marks a record as taken back, in the way of the service.
	withdraw(id string, at time.Time) error
	// remove makes a record vanish without a word.
	remove(id string, at time.Time) error
	// touch gives every record a new modification time and changes nothing else.
	touch(at time.Time) error
}

// Server is the handler that serves every service and the control endpoint.
type Server struct {
	config   Config
	services map[string]func() (service, error) // each opened when it is first asked

	mu     sync.Mutex
	faults []*Fault
	seen   []Request
}

// Request is one request that was served or failed on purpose.
type Request struct {
	Service string    `json:"service"`
	Method  string    `json:"method"`
	URI     string    `json:"uri"` // without the service's prefix
	Agent   string    `json:"agent"`
	Range   string    `json:"range,omitempty"`
	Fault   string    `json:"fault,omitempty"` // kinds of the faults that struck it
	At      time.Time `json:"at"`
}

// call is what a service may know of the request besides the request itself.
type call struct {
	now    time.Time // the service's clock, skewed where a fault says so
	steady time.Time // the same without the fault: requests are counted by it
	base   string    // "http://host/otx": where the service lives
	limits bool
	faults []Fault
}

// has reports whether a fault of this kind strikes the request.
func (c *call) has(kind string) bool {
	return slices.ContainsFunc(c.faults, func(f Fault) bool { return f.Kind == kind })
}

// New makes a server. A service reads its data when it is first asked; see Open.
func New(c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Server{config: c, services: map[string]func() (service, error){}}
	if c.Data != "" {
		if info, err := os.Stat(c.Data); err != nil {
			return nil, fmt.Errorf("find the data folder: %w", err)
		} else if !info.IsDir() {
			return nil, fmt.Errorf("%s is no folder", c.Data)
		}
	}
	// What the folder has was there when the services began.
	started := c.Now()
	c.Now = func() time.Time { return started }
	for name, open := range makers {
		s.services[name] = sync.OnceValues(func() (service, error) { return open(c) })
	}
	return s, nil
}

// Open has every service read its data, so that what is wrong with it shows at once.
func (s *Server) Open() error {
	var all []error
	for name, open := range s.services {
		if _, err := open(); err != nil {
			all = append(all, fmt.Errorf("open the data of %s: %w", name, err))
		}
	}
	return errors.Join(all...)
}

// ServeHTTP serves /control and, by the first part of the path, the services.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if name == "control" {
		s.control(w, r)
		return
	}
	open, ok := s.services[name]
	if !ok {
		http.Error(w, "no such service: "+name, http.StatusNotFound)
		return
	}
	to, err := open()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	now := s.config.Now()
	c := &call{now: now, steady: now, base: "http://" + r.Host + "/" + name, limits: s.config.Limits}
	uri := strings.TrimPrefix(r.URL.RequestURI(), "/"+name)
	c.faults = s.strike(name, r, uri)
	for _, f := range c.faults {
		if f.Kind == ClockSkew {
			c.now = c.now.Add(f.Delay)
		}
	}
	w.Header().Set("Date", c.now.UTC().Format(http.TimeFormat))
	inner := http.StripPrefix("/"+name, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { to.serve(w, r, c) }))
	misserve(w, r, c, inner)
}

// Put adds a record to a service or replaces it; its modification time becomes now.
func (s *Server) Put(name, id string, raw json.RawMessage) error {
	return s.with(name, func(to service, at time.Time) error { return to.put(id, raw, at) })
}

// Withdraw has the service take a record back in its own way: a withdrawn time, a status, an event.
func (s *Server) Withdraw(name, id string) error {
	return s.with(name, func(to service, at time.Time) error { return to.withdraw(id, at) })
}

// Remove makes a record vanish without a word.
func (s *Server) Remove(name, id string) error {
	return s.with(name, func(to service, at time.Time) error { return to.remove(id, at) })
}

// Touch gives every record of a service a new modification time and changes nothing else, as mass normalisations do.
func (s *Server) Touch(name string) error {
	return s.with(name, func(to service, at time.Time) error { return to.touch(at) })
}

func (s *Server) with(name string, do func(service, time.Time) error) error {
	open, ok := s.services[name]
	if !ok {
		return fmt.Errorf("no service %q", name)
	}
	to, err := open()
	if err != nil {
		return fmt.Errorf("open the data of %s: %w", name, err)
	}
	return do(to, s.config.Now())
}

// Requests lists what was asked of a service ("" for all), oldest first.
func (s *Server) Requests(name string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Request
	for _, r := range s.seen {
		if name == "" || r.Service == name {
			out = append(out, r)
		}
	}
	return out
}

// Forget empties the list of requests.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = nil
}

// makers are the services by the name that is their prefix.
var makers = map[string]func(Config) (service, error){
	"kev":  newKEV,
	"epss": newEPSS,
	"osv":  newOSV,
	"cve":  newCVE,
	"otx":  newOTX,
	"nvd":  newNVD,
	"ghsa": newGHSA,
}

// writeJSON answers with a value. What cannot be encoded is a fault of the simulator and shows as status 500.
func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// Whoever went away does not read the answer.
	_, _ = w.Write(body)
}
