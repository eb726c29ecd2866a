package ghsa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// BaseURL is where GitHub's API is, unless a setting says otherwise.
const BaseURL = "https://api.github.com"

// Settings of the polled feed. Zero fields take the defaults beside them.
type Settings struct {
	BaseURL string // of the API; BaseURL
	Fetch   fetch.Options
	// Overlap is how far before the newest update a poll looks back; 15 minutes.
	Overlap time.Duration
	// WithoutMalware leaves out the advisories about packages that are the attack themselves.
	WithoutMalware bool
	// PageSize is at most 100, which is also what zero means.
	PageSize int
}

// Service is the polled feed of GitHub's advisories: intel.Feed.
type Service struct {
	settings Settings

	mu     sync.Mutex
	key    string
	client *fetch.Client // for key
}

// New makes the feed.
func New(s Settings) *Service {
	if s.BaseURL == "" {
		s.BaseURL = BaseURL
	}
	s.BaseURL = strings.TrimSuffix(s.BaseURL, "/")
	if s.Overlap <= 0 {
		s.Overlap = 15 * time.Minute
	}
	if s.PageSize <= 0 || s.PageSize > 100 {
		s.PageSize = 100
	}
	return &Service{settings: s}
}

// Name implements intel.Feed.
func (s *Service) Name() string { return Feed }

// Poll implements intel.Feed: the reviewed advisories first and then malware, each in the order of their updates, so that
// every step moves the cursor. Reconcile reads all of them again and states which there are; it takes some hundred
// requests and is left out without a token, which GitHub admits 60 an hour.
func (s *Service) Poll(ctx context.Context, ask intel.Ask) iter.Seq2[intel.Step, error] {
	return func(yield func(intel.Step, error) bool) {
		p := &poll{Service: s, ctx: ctx, client: s.clientFor(ask.Key), cursor: readCursor(ask.Cursor), yield: yield}
		err := p.run(ask.Reconcile && ask.Key != "")
		if err != nil && !errors.Is(err, errEnough) {
			yield(intel.Step{}, err)
		}
	}
}

// Try asks for one advisory, to show that GitHub answers and takes the token. The error is in words.
func (s *Service) Try(ctx context.Context, key string) error {
	_, _, err := fetch.GetJSON[[]json.RawMessage](ctx, s.clientFor(key), fetch.Request{URL: s.settings.BaseURL + "/advisories?per_page=1", Tries: 2})
	return err
}

func (s *Service) clientFor(key string) *fetch.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil && s.key == key {
		return s.client // its budget and failures count on from poll to poll
	}
	service := fetch.Service{
		Name:   "GitHub",
		Budget: fetch.Budget{Gap: time.Second},
		Header: http.Header{"Accept": {"application/vnd.github+json"}, "X-Github-Api-Version": {"2022-11-28"}},
		Judge:  judge(key != ""),
	}
	if key != "" {
		service.Budget.Gap = 250 * time.Millisecond
		service.Header.Set("Authorization", "Bearer "+key)
	}
	s.key, s.client = key, fetch.New(service, s.settings.Fetch)
	return s.client
}

var errEnough = errors.New("the caller has enough")

// poll is one call of Poll.
type poll struct {
	*Service
	ctx    context.Context
	client *fetch.Client
	cursor cursor
	yield  func(intel.Step, error) bool
	done   int64
}

func (p *poll) run(reconcile bool) error {
	types := []string{"reviewed", "malware"}
	if p.settings.WithoutMalware {
		types = types[:1]
	}
	seen := p.done
	for _, kind := range types {
		if err := p.list(kind, p.cursor.of(kind), nil); err != nil {
			return err
		}
	}
	if p.done == seen {
		p.cursor.EmptyPolls++
	} else {
		p.cursor.EmptyPolls = 0
	}
	if err := p.emit(intel.Step{}); err != nil {
		return err
	}
	if !reconcile {
		return nil
	}
	var held []string
	for _, kind := range types {
		if err := p.list(kind, &position{}, func(id string) { held = append(held, id) }); err != nil {
			return err
		}
	}
	return p.emit(intel.Step{Held: &intel.HeldRecords{IDs: held}})
}

// list reads one type of advisories from a position on. Each step moves the position, to the page after it and to the
// newest update so far; a page that cannot be asked for any more is found again by that.
func (p *poll) list(kind string, at *position, each func(id string)) error {
	first := at.Newest.IsZero() && at.Next == ""
	if !p.ours(at.Next) {
		at.Next = "" // the address was changed since
	}
	for next := at.Next; ; next = at.Next {
		if next == "" {
			next = p.address(kind, at)
		}
		list, answer, err := fetch.GetJSON[[]json.RawMessage](p.ctx, p.client, fetch.Request{URL: next})
		if f := fetch.FailureOf(err); at.Next != "" && f != nil && !f.Temporary && (f.Status == 400 || f.Status == 404 || f.Status == 422) {
			at.Next = "" // links do not live for ever
			continue
		}
		if err != nil {
			return err
		}
		if first && len(list) == 0 && kind == "reviewed" {
			return problem.New(problem.Unavailable, "GitHub says that it holds no advisory at all. That is not believed; it is asked again at the next poll.")
		}
		first = false
		step := intel.Step{}
		for i, raw := range list {
			a, warnings, err := Parse(raw)
			step.Advisories = append(step.Advisories, intel.Incoming{
				Path: fmt.Sprintf("%s %s #%d", Feed, kind, int(p.done)+i), Advisory: a, Warnings: warnings, Refused: err})
			if err != nil {
				continue
			}
			at.see(a.Modified, p.settings.Overlap)
			if a.Modified.After(step.Newest) {
				step.Newest = a.Modified
			}
			if each != nil {
				each(a.ID)
			}
		}
		p.done += int64(len(list))
		if at.Next, err = p.nextOf(answer.Header); err != nil {
			return err
		}
		if at.Next == "" {
			at.end()
		}
		if err := p.emit(step); err != nil || at.Next == "" {
			return err
		}
	}
}

// address asks for everything updated since the position, less the overlap.
func (p *poll) address(kind string, at *position) string {
	q := url.Values{"type": {kind}, "sort": {"updated"}, "direction": {"asc"}, "per_page": {fmt.Sprint(p.settings.PageSize)}}
	if !at.Watermark.IsZero() {
		q.Set("updated", ">="+at.Watermark.Add(-p.settings.Overlap).UTC().Format(time.RFC3339))
	}
	return p.settings.BaseURL + "/advisories?" + q.Encode()
}

// nextOf finds the next page in a Link header (RFC 8288). It is asked for as given, with the token, and so at no other host.
func (p *poll) nextOf(h http.Header) (string, error) {
	for link := range strings.SplitSeq(strings.Join(h.Values("Link"), ","), ",") {
		target, parameters, _ := strings.Cut(strings.TrimSpace(link), ">")
		if !strings.Contains(strings.ReplaceAll(parameters, " ", ""), `rel="next"`) {
			continue
		}
		next := strings.TrimPrefix(target, "<")
		if !p.ours(next) {
			return "", problem.New(problem.Unavailable, "GitHub's list goes on at another address than it was asked at, which is not followed. A mirror has to write its own links.")
		}
		return next, nil
	}
	return "", nil
}

// ours reports whether an address is at the host that is polled.
func (p *poll) ours(address string) bool {
	there, err := url.Parse(address)
	base, baseErr := url.Parse(p.settings.BaseURL)
	return err == nil && baseErr == nil && there.Host == base.Host && there.Scheme == base.Scheme
}

func (p *poll) emit(s intel.Step) error {
	encoded, err := json.Marshal(p.cursor)
	if err != nil {
		return fmt.Errorf("encode the cursor: %w", err)
	}
	s.Cursor, s.Done = encoded, p.done
	if !p.yield(s, nil) {
		return errEnough
	}
	return p.ctx.Err()
}
