package epss

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

// Feed is the name under which the store keeps the scores.
const Feed = "epss"

// Config says where the scores are fetched. Zero fields take the defaults beside them.
type Config struct {
	URL string // of the folder with the days' files; https://epss.empiricalsecurity.com
}

// Client polls the day's file of scores. It implements intel.Feed.
type Client struct {
	url   string
	now   func() time.Time
	fetch *fetch.Client
}

// New makes a client.
func New(c Config, o fetch.Options) *Client {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{
		url: strings.TrimRight(cmp.Or(c.URL, "https://epss.empiricalsecurity.com"), "/"), now: o.Now,
		fetch: fetch.New(fetch.Service{Name: "EPSS"}, o),
	}
}

var _ intel.Feed = (*Client)(nil)

// Name implements intel.Feed.
func (c *Client) Name() string { return Feed }

// cursor is what is known of the file that was stored last.
type cursor struct {
	ModelVersion string `json:"model_version"`
	// ModelSince is the date of the model's first scores here: scores before and after are not compared.
	ModelSince   string `json:"model_since"`
	ScoreDate    string `json:"score_date"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// maxDownload bounds the packed file, which has 2.5 MB.
const maxDownload = 64 << 20

// daysBack is how many days' files are looked for where the current one is missing. It comes out about noon UTC.
const daysBack = 3

// Poll implements intel.Feed. It yields one step where there are scores of another day or model than those stored, else
// none: a file of an earlier day comes from a stale cache, and a day whose file is not out yet keeps the one before. To
// reconcile, the file is fetched and yielded in any case.
func (c *Client) Poll(ctx context.Context, ask intel.Ask) iter.Seq2[intel.Step, error] {
	return func(yield func(intel.Step, error) bool) {
		if err := c.poll(ctx, ask, yield); err != nil && !errors.Is(err, errStopped) {
			yield(intel.Step{}, err)
		}
	}
}

// errStopped says that whoever polls wants nothing more, not even an error.
var errStopped = errors.New("no more steps are wanted")

func (c *Client) poll(ctx context.Context, ask intel.Ask, yield func(intel.Step, error) bool) (err error) {
	var known cursor
	if json.Unmarshal(ask.Cursor, &known) != nil {
		known = cursor{}
	}
	conditions := known
	if ask.Reconcile {
		conditions = cursor{}
	}
	file, err := c.download(ctx, conditions)
	if err != nil || file == nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if file.NotModified {
		return nil
	}
	day, err := Open(file)
	if err != nil {
		return err
	}
	next := cursor{
		ModelVersion: day.Header.ModelVersion, ModelSince: known.ModelSince, ScoreDate: day.Header.ScoreDate,
		ETag: file.ETag, LastModified: file.LastModified,
	}
	if next.ModelVersion != known.ModelVersion {
		next.ModelSince = next.ScoreDate
	}
	at, held := date(next.ScoreDate), date(conditions.ScoreDate)
	if at.Before(held) || at.Equal(held) && !held.IsZero() && next.ModelVersion == conditions.ModelVersion {
		return nil
	}
	encoded, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("encode the cursor: %w", err)
	}
	var broken error
	rows := func(each func(intel.EPSSRow, error) bool) {
		for row, err := range day.Lines() {
			broken = err
			if !each(row, err) {
				return
			}
		}
	}
	if !yield(intel.Step{EPSS: &intel.EPSSDay{Header: day.Header, Rows: rows}, Cursor: encoded, Newest: at}, nil) {
		return errStopped
	}
	// Whoever stores a file that breaks off has refused it; the poll has failed all the same.
	return broken
}

// download fetches the current day's file, or the latest that is out; nil where nothing newer than what is held is.
func (c *Client) download(ctx context.Context, held cursor) (*fetch.File, error) {
	get := func(name string) (*fetch.File, error) {
		return c.fetch.Download(ctx, fetch.Request{
			URL: c.url + "/" + name, Want: fetch.Text, ETag: held.ETag, LastModified: held.LastModified, MaxBody: maxDownload,
		})
	}
	file, err := get("epss_scores-current.csv.gz")
	if !problem.Is(err, problem.NotFound) {
		return file, err
	}
	today := c.now().UTC().Truncate(24 * time.Hour)
	for back := range daysBack {
		day := today.AddDate(0, 0, -back)
		if !date(held.ScoreDate).Before(day) {
			return nil, nil
		}
		older, err := get("epss_scores-" + day.Format(time.DateOnly) + ".csv.gz")
		if !problem.Is(err, problem.NotFound) {
			return older, err
		}
	}
	return nil, problem.Wrap(problem.NotFound, err,
		"EPSS has no file of scores of today or the %d days before (404). Check the setting of its address; it may have moved.", daysBack-1)
}

// date reads a score_date: RFC 3339, in older files with the zone +0000. Zero where it cannot be read.
func date(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
