package nvd

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
)

// Where NVD is, unless a setting says otherwise.
const (
	BaseURL  = "https://services.nvd.nist.gov/rest/json/cves/2.0"
	FilesURL = "https://nvd.nist.gov/feeds/json/cve/2.0/"
)

// Settings of the polled feed. Zero fields take the defaults beside them.
type Settings struct {
	BaseURL  string // of the CVE API; BaseURL
	FilesURL string // folder of the yearly files, for the first load and for reconciling; FilesURL. "none": go without
	Fetch    fetch.Options
	// Overlap is how far before the newest record a poll looks back; 24 hours. NVD answers "nothing" when it is ill, and
	// what it held back then is found by this.
	Overlap time.Duration
	// PerPoll bounds the records of one poll, except of a first load; 200,000. NVD has changed nearly all of its records
	// in a day before; the rest follows with the next polls.
	PerPoll int
	// PageSize is how many records are asked for at a time, at most 2000; where pages fail, a quarter and a tenth of it.
	PageSize int
	// FirstYear of the yearly files; 2002, whose file holds all that is older too.
	FirstYear int
}

// Service is the polled feed of NVD: intel.Feed.
type Service struct {
	settings Settings
	sizes    []int // of pages, the largest first
	batch    int   // records of a yearly file in a step

	mu     sync.Mutex
	key    string
	client *fetch.Client // for key
	files  *fetch.Client // gets no key: it is another host
}

// New makes the feed.
func New(s Settings) *Service {
	if s.BaseURL == "" {
		s.BaseURL = BaseURL
	}
	if s.FilesURL == "" {
		s.FilesURL = FilesURL
	}
	if s.Overlap <= 0 {
		s.Overlap = 24 * time.Hour
	}
	if s.PerPoll <= 0 {
		s.PerPoll = 200_000
	}
	if s.FirstYear == 0 {
		s.FirstYear = 2002
	}
	if s.PageSize <= 0 || s.PageSize > 2000 {
		s.PageSize = 2000
	}
	s.FilesURL = strings.TrimSuffix(s.FilesURL, "/") + "/"
	files := fetch.New(fetch.Service{Name: "NVD (yearly files)", Budget: fetch.Budget{Gap: time.Second}, Tries: 5}, s.Fetch)
	return &Service{settings: s, files: files, batch: 1000, sizes: []int{s.PageSize, max(1, s.PageSize/4), max(1, s.PageSize/10)}}
}

// Name implements intel.Feed.
func (s *Service) Name() string { return Feed }

// Poll implements intel.Feed. An empty cursor loads everything, from the yearly files where they can be had; after that
// each poll asks for what changed since the newest record that is held, less the overlap. A poll whose last step has
// Done < Total has more to do than PerPoll admits, and the next one goes on with it.
func (s *Service) Poll(ctx context.Context, ask intel.Ask) iter.Seq2[intel.Step, error] {
	return func(yield func(intel.Step, error) bool) {
		p := &poll{Service: s, ctx: ctx, client: s.clientFor(ask.Key), cursor: readCursor(ask.Cursor), yield: yield, size: s.sizes[0]}
		err := p.run(ask.Reconcile)
		if err != nil && !errors.Is(err, errEnough) {
			yield(intel.Step{}, err)
		}
	}
}

// Try asks NVD for one record, to show that it answers and takes the key. The error is in words.
func (s *Service) Try(ctx context.Context, key string) error {
	p := &poll{Service: s, ctx: ctx, client: s.clientFor(key)}
	_, err := p.page(query{size: 1, tries: 2})
	return err
}

// The budgets of NVD: 5 requests in any 30 seconds, with a key 50.
const (
	gapWithout = 6 * time.Second
	gapWith    = 600 * time.Millisecond
)

func (s *Service) clientFor(key string) *fetch.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil && s.key == key {
		return s.client // its budget and failures count on from poll to poll
	}
	service := fetch.Service{Name: "NVD", Budget: fetch.Budget{Gap: gapWithout}, Judge: judge, MaxBody: 256 << 20}
	if key != "" {
		service.Budget.Gap = gapWith
		service.Header = http.Header{"apiKey": {key}}
	}
	s.key, s.client = key, fetch.New(service, s.settings.Fetch)
	return s.client
}

// errEnough says that whoever consumes the poll stopped.
var errEnough = errors.New("the caller has enough")

// poll is one call of Poll.
type poll struct {
	*Service
	ctx    context.Context
	client *fetch.Client
	cursor cursor
	yield  func(intel.Step, error) bool

	size        int       // records a page; falls where large pages fail
	now         time.Time // by NVD's clock, at the beginning of the poll
	each        func(intel.Incoming)
	holds       int   // records that NVD says it has; 0: unknown
	implausible bool  // the last page was refused as no success
	done, total int64 // of this poll
}

func (p *poll) run(reconcile bool) error {
	if err := p.begin(); err != nil {
		return err
	}
	if p.cursor.Watermark.IsZero() {
		if err := p.load(); err != nil {
			return err
		}
		if p.now.IsZero() {
			if err := p.begin(); err != nil {
				return err
			}
		}
	}
	caughtUp, err := p.catchUp()
	if err != nil || !caughtUp || !reconcile {
		return err
	}
	return p.reconcile()
}

// begin asks for as little as can be: what time it is at NVD, how much it holds, and whether the key is good. Where the
// API fails that is no reason not to begin with the files.
func (p *poll) begin() error {
	q := query{size: 1}
	files := p.cursor.Watermark.IsZero() && p.cursor.Load == nil && p.settings.FilesURL != without
	if files {
		q.tries = 2
	}
	first, err := p.page(q)
	if f := fetch.FailureOf(err); files && f != nil && f.Temporary {
		return nil
	}
	p.now, p.holds = first.Time, first.Total
	return err
}

// emit hands a step out, with the cursor as it is now.
func (p *poll) emit(s intel.Step) error {
	encoded, err := json.Marshal(p.cursor)
	if err != nil {
		return err
	}
	s.Cursor, s.Done, s.Total = encoded, p.done, max(p.total, p.done)
	if p.total == 0 {
		s.Total = 0
	}
	for _, in := range s.Advisories {
		if m := in.Advisory.Modified; m.After(s.Newest) {
			s.Newest = m
		}
	}
	if !p.yield(s, nil) {
		return errEnough
	}
	return p.ctx.Err()
}
