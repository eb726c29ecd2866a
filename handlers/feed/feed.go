// Package feed serves the feeds: how current each is, its runs, its key, and what people may ask of it.
package feed

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/intel/poll"
	"github.com/threatwerk/threatwerk/internal/jobs"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Handler serves feeds.
type Handler struct{ desk *poll.Desk }

// Register adds the operations.
func Register(api huma.API, desk *poll.Desk) {
	h := &Handler{desk}
	tags := []string{"Intel"}
	notFound := wire.Errors(http.StatusNotFound)
	huma.Register(api, huma.Operation{
		OperationID: "list-feeds", Method: http.MethodGet, Path: "/feeds", Tags: tags, Errors: wire.Errors(),
		Summary: "List the feeds", Description: "How current each is, and what went wrong since when.",
	}, h.list)
	huma.Register(api, huma.Operation{
		OperationID: "get-feed", Method: http.MethodGet, Path: "/feeds/{feed}", Tags: tags, Errors: notFound, Summary: "Read one feed",
	}, h.get)
	huma.Register(api, huma.Operation{
		OperationID: "list-feed-runs", Method: http.MethodGet, Path: "/feeds/{feed}/runs", Tags: tags, Errors: notFound,
		Summary: "List a feed's runs", Description: "Polls and imports, newest first.",
	}, h.runs)
	huma.Register(api, huma.Operation{
		OperationID: "get-feed-run", Method: http.MethodGet, Path: "/feeds/{feed}/runs/{run_id}", Tags: tags, Errors: notFound,
		Summary: "Read one run", Description: "With the records that it refused, and why.",
	}, h.run)
	huma.Register(api, huma.Operation{
		OperationID: "poll-feed", Method: http.MethodPost, Path: "/feeds/{feed}/poll", Tags: tags, DefaultStatus: http.StatusAccepted,
		Errors: wire.Errors(http.StatusNotFound, http.StatusConflict), Summary: "Poll a feed now",
		Description: "Queues a poll. One that is waiting or at work already stands for it. accept_withdrawals answers the question of a feed that stopped before it withdrew many records.",
	}, h.poll)
	huma.Register(api, huma.Operation{
		OperationID: "pause-feed", Method: http.MethodPost, Path: "/feeds/{feed}/pause", Tags: tags, Errors: notFound,
		Summary: "Pause a feed", Description: "It is polled no more until it is resumed; a poll at work goes on.",
	}, h.pause)
	huma.Register(api, huma.Operation{
		OperationID: "resume-feed", Method: http.MethodPost, Path: "/feeds/{feed}/resume", Tags: tags, Errors: notFound, Summary: "Resume a feed",
	}, h.resume)
	huma.Register(api, huma.Operation{
		OperationID: "set-feed-key", Method: http.MethodPut, Path: "/feeds/{feed}/key", Tags: tags,
		Errors: wire.Errors(http.StatusNotFound, http.StatusConflict), Summary: "Store a feed's API key",
		Description: "The key is tested with a call to the service and kept sealed; it is never shown again. One that the service refuses is not stored.",
	}, h.setKey)
	huma.Register(api, huma.Operation{
		OperationID: "delete-feed-key", Method: http.MethodDelete, Path: "/feeds/{feed}/key", Tags: tags, Errors: notFound,
		Summary: "Forget a feed's API key",
	}, h.dropKey)
}

// FeedPath names a feed. It is exported since the framework fills no embedded type that is not.
type FeedPath struct {
	Feed string `path:"feed" maxLength:"40" example:"nvd"`
}

type (
	listOut struct {
		Body struct {
			Items []FeedStatus `json:"items"`
		}
	}
	oneOut struct{ Body FeedStatus }
	runsIn struct {
		FeedPath
		wire.Paging
	}
	runsOut struct{ Body wire.Page[PollRun] }
	runIn   struct {
		FeedPath
		RunID int64 `path:"run_id" minimum:"1"`
	}
	runOut struct{ Body PollRunDetail }
	pollIn struct {
		FeedPath
		Body struct {
			Reconcile         bool `json:"reconcile,omitempty" doc:"Look at everything that the service holds, or at the next part of it."`
			AcceptWithdrawals bool `json:"accept_withdrawals,omitempty" doc:"Let this one poll withdraw any number of records."`
		}
	}
	keyIn struct {
		FeedPath
		Body struct {
			Key string `json:"key" maxLength:"1000" format:"password" writeOnly:"true"`
		}
	}
)

func (h *Handler) list(ctx context.Context, _ *struct{}) (*listOut, error) {
	views, err := h.desk.Feeds(ctx)
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	out.Body.Items = wire.Slice(views, feedOf)
	return out, nil
}

func one(v poll.View, err error) (*oneOut, error) {
	if err != nil {
		return nil, err
	}
	return &oneOut{feedOf(v)}, nil
}

func (h *Handler) get(ctx context.Context, in *FeedPath) (*oneOut, error) {
	return one(h.desk.Feed(ctx, in.Feed))
}

func (h *Handler) runs(ctx context.Context, in *runsIn) (*runsOut, error) {
	var before int64
	if in.Cursor != "" {
		n, err := strconv.ParseInt(in.Cursor, 10, 64)
		if err != nil || n <= 0 {
			return nil, problem.New(problem.Invalid, "the cursor is none of this list").With(problem.Fault{
				Path: "query.cursor", Code: "bad_cursor", Message: "take next_cursor of the page before, or leave it out"})
		}
		before = n
	}
	// One more than asked for tells whether there is a next page.
	list, err := h.desk.Runs(ctx, in.Feed, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = strconv.FormatInt(list[in.Limit-1].ID, 10)
	}
	return &runsOut{wire.NewPage(list, next, runOf)}, nil
}

func (h *Handler) run(ctx context.Context, in *runIn) (*runOut, error) {
	r, err := h.desk.Run(ctx, in.Feed, in.RunID)
	if err != nil {
		return nil, err
	}
	return &runOut{PollRunDetail{PollRun: runOf(r), Faults: wire.Slice(r.Faults, func(f problem.Fault) wire.Fault { return wire.Fault(f) })}}, nil
}

func (h *Handler) poll(ctx context.Context, in *pollIn) (*oneOut, error) {
	return one(h.desk.Poll(ctx, jobs.PollFeed{Feed: in.Feed, Reconcile: in.Body.Reconcile, AcceptWithdrawals: in.Body.AcceptWithdrawals}))
}

func (h *Handler) pause(ctx context.Context, in *FeedPath) (*oneOut, error) {
	return one(h.desk.Pause(ctx, in.Feed, true))
}

func (h *Handler) resume(ctx context.Context, in *FeedPath) (*oneOut, error) {
	return one(h.desk.Pause(ctx, in.Feed, false))
}

func (h *Handler) setKey(ctx context.Context, in *keyIn) (*oneOut, error) {
	return one(h.desk.SetKey(ctx, in.Feed, in.Body.Key))
}

func (h *Handler) dropKey(ctx context.Context, in *FeedPath) (*oneOut, error) {
	return one(h.desk.DropKey(ctx, in.Feed))
}
