package osv

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Ecosystems are those that are polled unless the settings name others: what components are matched in. Wolfi and
// Chainguard are half of all records and of use to few.
var Ecosystems = []string{
	"npm", "PyPI", "Maven", "Go", "NuGet", "RubyGems", "crates.io", "Packagist", "Pub", "Hex", "CRAN", "SwiftURL", "GitHub Actions",
	"Debian", "Ubuntu", "Alpine", "Red Hat", "Rocky Linux", "AlmaLinux", "SUSE", "openSUSE",
}

// Config says where OSV's records are fetched and which. Zero fields take the defaults beside them.
type Config struct {
	URL        string   // of the bucket; https://storage.googleapis.com/osv-vulnerabilities
	Ecosystems []string // base names, without ":release"; Ecosystems
	Single     int      // up to so many changed records are fetched one by one, more with the whole archive; 250
	Step       int      // records of one step, at most; 1000
}

// Client polls OSV's public bucket: for each ecosystem the archive of all records first, then what its list of changes
// names. It implements intel.Feed.
type Client struct {
	config Config
	now    func() time.Time
	fetch  *fetch.Client
	bounds limits
}

// New makes a client.
func New(c Config, o fetch.Options) *Client {
	c.URL = strings.TrimRight(cmp.Or(c.URL, "https://storage.googleapis.com/osv-vulnerabilities"), "/")
	c.Single = cmp.Or(c.Single, 250)
	c.Step = cmp.Or(c.Step, 1000)
	if len(c.Ecosystems) == 0 {
		c.Ecosystems = Ecosystems
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	// The bucket publishes no limit; a few requests a second are polite and enough.
	service := fetch.Service{Name: "OSV", Budget: fetch.Budget{Gap: 50 * time.Millisecond}, MaxBody: 256 << 20, Judge: judge}
	return &Client{config: c, now: o.Now, fetch: fetch.New(service, o), bounds: defaults}
}

// judge reads a bucket's refusals: what is not there is answered with 404, or with 403 where the bucket hides that.
func judge(r fetch.Refusal) fetch.Verdict {
	v := fetch.Usual(r)
	if v.Kind == problem.Forbidden {
		v.Words = "OSV's bucket refuses the request (403): the address is wrong, or a proxy on the way blocks it. " +
			"Check the setting of OSV's address and that this host may be reached."
	}
	return v
}

var _ intel.Feed = (*Client)(nil)

// Name implements intel.Feed.
func (c *Client) Name() string { return Feed }

// cursor is where a poll goes on.
type cursor struct {
	Ecosystems map[string]state `json:"ecosystems"`
	// Load is an archive that is being read.
	Load *load `json:"load,omitempty"`
	// Reconciled is the ecosystem that was last compared whole.
	Reconciled string `json:"reconciled,omitempty"`
}

// state is what is known of an ecosystem that was loaded.
type state struct {
	// Watermark is the latest modification among the records that were stored.
	Watermark time.Time `json:"watermark"`
	// ETag and LastModified are those of the list of changes that was worked off.
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// load is how far the archive of an ecosystem was read. It goes on only in the very same archive.
type load struct {
	Ecosystem string    `json:"ecosystem"`
	ETag      string    `json:"etag"`
	Position  int       `json:"position"` // entries behind us
	Newest    time.Time `json:"newest"`
	Whole     bool      `json:"whole,omitempty"` // every record, not only what the list of changes names
	Compare   bool      `json:"compare,omitempty"`
}

// overlap is how far behind the watermark changes are read again: lists and archives are written one after the other.
const overlap = time.Hour

// poll is one run.
type poll struct {
	*Client
	ctx    context.Context
	yield  func(intel.Step, error) bool
	cursor cursor
	done   int64
	total  int64
}

// errStopped says that whoever polls wants no more steps.
var errStopped = errors.New("no more steps are wanted")

// Poll implements intel.Feed. An ecosystem that OSV does not have, or that makes no sense, is told of as a refused record
// and costs itself alone; two that fail in a row end the poll.
func (c *Client) Poll(ctx context.Context, ask intel.Ask) iter.Seq2[intel.Step, error] {
	return func(yield func(intel.Step, error) bool) {
		p := &poll{Client: c, ctx: ctx, yield: yield}
		// A cursor of another form comes of another version: everything is read anew, which does no harm.
		if json.Unmarshal(ask.Cursor, &p.cursor) != nil {
			p.cursor = cursor{}
		}
		if p.cursor.Ecosystems == nil {
			p.cursor.Ecosystems = map[string]state{}
		}
		if err := p.run(ask.Reconcile); err != nil && !errors.Is(err, errStopped) {
			yield(intel.Step{}, err)
		}
	}
}

func (p *poll) run(reconcile bool) error {
	p.count()
	compare := ""
	if reconcile {
		compare = p.next()
	}
	if l := p.cursor.Load; l != nil && l.Compare && slices.Contains(p.config.Ecosystems, l.Ecosystem) {
		compare = l.Ecosystem // it was begun
	}
	var failed []problem.Fault
	var first error
	inARow, missing := 0, 0
	for _, name := range p.inOrder() {
		err := p.ecosystem(name, name == compare)
		switch {
		case err == nil:
			inARow = 0
			continue
		case errors.Is(err, errStopped) || p.ctx.Err() != nil:
			return err
		case problem.Is(err, problem.NotFound) || problem.Is(err, problem.Malformed):
			if err := p.giveUp(name, name == compare, err); err != nil {
				return err
			}
			inARow = 0
			if problem.Is(err, problem.NotFound) {
				missing++
			}
			continue
		}
		if first == nil {
			first = err
		}
		failed = append(failed, problem.Fault{Path: name, Code: "not_fetched", Message: words(err)})
		if inARow++; inARow == 2 {
			break
		}
	}
	if missing == len(p.config.Ecosystems) {
		return problem.New(problem.NotFound, "OSV has none of the ecosystems that are set (404 for each). Check the setting of its address, or leave it empty for OSV's own.")
	}
	if first == nil {
		return nil
	}
	return problem.Wrap(problem.KindOf(first), first, "OSV: %s could not be brought up to date; what came before is kept: %s",
		failed[0].Path, failed[0].Message).With(failed...)
}

// giveUp tells of an ecosystem that is missing or makes no sense, and goes on to the next.
func (p *poll) giveUp(name string, compared bool, why error) error {
	_, loaded := p.cursor.Ecosystems[name]
	switch {
	case problem.Is(why, problem.NotFound) && loaded:
		why = problem.Wrap(problem.NotFound, why, "OSV no longer has the ecosystem %q (404); its advisories stay here as they were", name)
	case problem.Is(why, problem.NotFound):
		why = problem.Wrap(problem.NotFound, why,
			"OSV has no ecosystem %q (404), so none of its advisories are known here; check its spelling in the settings, and the address", name)
	}
	if l := p.cursor.Load; l != nil && l.Ecosystem == name {
		p.cursor.Load = nil
	}
	if compared {
		p.cursor.Reconciled = name
	}
	return p.step(intel.Step{Advisories: []intel.Incoming{{Path: name, Refused: why}}})
}

// words are those of an error that a person may see.
func words(err error) string {
	var e *problem.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// inOrder lists the ecosystems, the one that is half read first.
func (p *poll) inOrder() []string {
	names := slices.Clone(p.config.Ecosystems)
	if l := p.cursor.Load; l != nil {
		if i := slices.Index(names, l.Ecosystem); i > 0 {
			names = slices.Insert(slices.Delete(names, i, i+1), 0, l.Ecosystem)
		}
	}
	return names
}

// next is the ecosystem after the one that was compared last.
func (p *poll) next() string {
	at := slices.Index(p.config.Ecosystems, p.cursor.Reconciled) + 1
	return p.config.Ecosystems[at%len(p.config.Ecosystems)]
}

// ecosystem brings one up to date.
func (p *poll) ecosystem(name string, compare bool) error {
	known, loaded := p.cursor.Ecosystems[name]
	switch {
	case !loaded || compare:
		return p.load(name, nil, state{}, compare)
	default:
		return p.update(name, known)
	}
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

// sure keeps a watermark from running ahead of the clock: one record from the future would hide all that come until then.
func (p *poll) sure(t time.Time) time.Time {
	if now := p.now().UTC(); t.After(now) {
		return now
	}
	return t
}

func (p *poll) address(ecosystem, file string) string {
	return p.config.URL + "/" + url.PathEscape(ecosystem) + "/" + url.PathEscape(file)
}

// count finds out how many records a first load brings. It is for people who wait; what fails here fails again where it
// matters.
func (p *poll) count() {
	for _, name := range p.config.Ecosystems {
		if _, loaded := p.cursor.Ecosystems[name]; loaded {
			continue
		}
		changes, _, err := p.changes(name, state{})
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			p.total = 0
			return
		}
		p.total += int64(changes.lines)
		if l := p.cursor.Load; l != nil && l.Ecosystem == name {
			p.total -= int64(min(l.Position, changes.lines))
		}
	}
}
