package cvelist

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Config says where the CVE List is fetched and how much of it. Zero fields take the defaults beside them.
type Config struct {
	URL      string // of the repository's files; https://raw.githubusercontent.com/CVEProject/cvelistV5/main
	Releases string // of its releases; https://github.com/CVEProject/cvelistV5/releases/download
	// Baseline loads all records first, from the archive of a day (half a gigabyte). Without it the feed begins with what
	// changed in the last 30 days: NVD has the records before.
	Baseline bool
	Single   int // up to so many changes of a day are fetched one by one, more with the day's archive; 250
	Most     int // records fetched one by one in one poll; 5000
	Step     int // records of one step, at most; 500
}

// Client polls the CVE List. It implements intel.Feed.
type Client struct {
	config Config
	now    func() time.Time
	fetch  *fetch.Client
	bounds bounds
}

// bounds is what hostile archives can do at most.
type bounds struct {
	record  int64 // unpacked bytes of one record
	archive int64 // unpacked bytes of an archive within an archive
}

// New makes a client.
func New(c Config, o fetch.Options) *Client {
	c.URL = strings.TrimRight(cmp.Or(c.URL, "https://raw.githubusercontent.com/CVEProject/cvelistV5/main"), "/")
	c.Releases = strings.TrimRight(cmp.Or(c.Releases, "https://github.com/CVEProject/cvelistV5/releases/download"), "/")
	c.Single, c.Most, c.Step = cmp.Or(c.Single, 250), cmp.Or(c.Most, 5000), cmp.Or(c.Step, 500)
	if o.Now == nil {
		o.Now = time.Now
	}
	// GitHub states no limit for these files and refuses who asks without pause.
	service := fetch.Service{Name: "The CVE List", Budget: fetch.Budget{Gap: 100 * time.Millisecond}, MaxBody: 512 << 20}
	return &Client{config: c, now: o.Now, fetch: fetch.New(service, o), bounds: bounds{record: 16 << 20, archive: 4 << 30}}
}

var _ intel.Feed = (*Client)(nil)

// Name implements intel.Feed.
func (c *Client) Name() string { return Feed }

// cursor is where a poll goes on.
type cursor struct {
	// Through: every change that was logged up to then was handed out.
	Through time.Time `json:"through"`
	// Since is where the reading of the log that is under way goes on; zero: none is. It lies behind Through by the
	// overlap at first: without it a poll that is always cut off would read the same overlap for ever.
	Since time.Time `json:"since,omitzero"`
	// Day is a day's changes of which a part was handed out.
	Day *dayCursor `json:"day,omitempty"`
	// Baseline is an archive of all records that is being read.
	Baseline *baselineCursor `json:"baseline,omitempty"`
	// ETag and LastModified are those of the log whose changes were all handed out.
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// dayCursor says that of the changes logged up to Through on a day all were handed out whose id is not after After.
type dayCursor struct {
	Day     string    `json:"day"`
	Through time.Time `json:"through"`
	After   string    `json:"after"`
}

// overlap is how far behind Through the log is read again: the host of the files keeps copies for some minutes, so a
// record can be older than the log that names it.
const overlap = time.Hour

// span is how far the log reaches back, and how far a first poll looks.
const span = 30 * 24 * time.Hour

// reconciled is how far back everything is fetched again to reconcile, where there is no baseline.
const reconciled = 7 * 24 * time.Hour

type poll struct {
	*Client
	ctx     context.Context
	yield   func(intel.Step, error) bool
	cursor  cursor
	singles int // records fetched one by one
	done    int64
	total   int64
}

// errStopped says that whoever polls wants no more steps, or that the poll has done its share.
var errStopped = errors.New("no more steps")

// Poll implements intel.Feed.
func (c *Client) Poll(ctx context.Context, ask intel.Ask) iter.Seq2[intel.Step, error] {
	return func(yield func(intel.Step, error) bool) {
		p := &poll{Client: c, ctx: ctx, yield: yield}
		// A cursor of another form comes of another version: everything is read anew, which does no harm.
		if json.Unmarshal(ask.Cursor, &p.cursor) != nil {
			p.cursor = cursor{}
		}
		if err := p.run(ask.Reconcile); err != nil && !errors.Is(err, errStopped) {
			yield(intel.Step{}, err)
		}
	}
}

func (p *poll) run(reconcile bool) error {
	if p.config.Baseline && (p.cursor.Through.IsZero() || p.cursor.Baseline != nil || reconcile) {
		if err := p.baseline(); err != nil {
			return err
		}
	} else if reconcile && !p.cursor.Through.IsZero() {
		p.cursor = cursor{Through: earlier(p.cursor.Through, p.now().UTC().Add(-reconciled))}
	}
	log, answer, err := p.log()
	if err != nil || answer.NotModified {
		return err
	}
	now := p.now().UTC()
	if p.cursor.Since.IsZero() {
		switch through := p.cursor.Through; {
		case through.IsZero():
			p.cursor.Since = now.Add(-span)
		case through.Before(now.Add(-span)) && log.oldest.After(through):
			if err := p.gap(log.oldest); err != nil {
				return err
			}
			p.cursor.Since = through
		default:
			p.cursor.Since = through.Add(-overlap)
		}
	}
	days := log.days(p.cursor.Since, now)
	for _, d := range days {
		p.total += int64(len(p.left(d)))
	}
	for _, d := range days {
		if err := p.day(d); err != nil {
			return err
		}
	}
	p.cursor.Since = time.Time{}
	p.cursor.ETag, p.cursor.LastModified = answer.ETag, answer.LastModified
	return p.step(intel.Step{})
}

// gap tells that the log does not reach back to what is known: the changes between were missed.
func (p *poll) gap(oldest time.Time) error {
	why := problem.New(problem.Malformed, "the CVE List's log of changes reaches back to %s and was last read on %s: what changed between is missed here "+
		"(NVD has it). Switch the load of the whole list on to close the gap.", oldest.Format(time.DateTime), p.cursor.Through.Format(time.DateTime))
	return p.step(intel.Step{Advisories: []intel.Incoming{{Path: "cves/deltaLog.json", Refused: why}}})
}

// step hands out a step with the cursor as it is.
func (p *poll) step(s intel.Step) error {
	encoded, err := json.Marshal(p.cursor)
	if err != nil {
		return fmt.Errorf("encode the cursor: %w", err)
	}
	s.Cursor = encoded
	p.done += int64(len(s.Advisories))
	s.Done = p.done
	if p.total > 0 {
		s.Total = max(p.total, p.done)
	}
	for _, in := range s.Advisories {
		if m := in.Advisory.Modified; m.After(s.Newest) {
			s.Newest = m
		}
	}
	if !p.yield(s, nil) {
		return errStopped
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// add puts a parsed record into a step.
func add(s *intel.Step, path string, data []byte) {
	parsed, err := Parse(data)
	s.Advisories = append(s.Advisories, intel.Incoming{Path: path, Advisory: parsed.Advisory, Warnings: parsed.Warnings, Refused: err})
	if err == nil && parsed.Decided {
		s.Assessments = append(s.Assessments, parsed.SSVC)
	}
}
