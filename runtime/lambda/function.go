package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/awslabs/aws-lambda-go-api-proxy/gorillamux"
	"github.com/gorilla/mux"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/runtime/app"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

// function answers events. The database is opened with the first one that needs it, and again after a failure, so that a
// database that was away for a moment costs no instance.
type function struct {
	open func(ctx context.Context) (http.Handler, error)
	poll func(ctx context.Context) error
	log  *zap.Logger

	mu      sync.Mutex
	handler http.Handler
}

// probe is what tells the kinds of events apart.
type probe struct {
	Version        string          `json:"version"`
	HTTPMethod     string          `json:"httpMethod"`
	Source         string          `json:"source"`
	DetailType     string          `json:"detail-type"`
	Task           string          `json:"task"`
	RequestContext json.RawMessage `json:"requestContext"`
}

// farewell is the time before the platform's deadline at which work is given up, so that the answer still goes out.
const farewell = 500 * time.Millisecond

func (f *function) handle(ctx context.Context, event json.RawMessage) (any, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-farewell))
		defer cancel()
	}
	var p probe
	if err := json.Unmarshal(event, &p); err != nil {
		return nil, fmt.Errorf("the event is not a JSON object: %w", err)
	}
	var asked struct {
		ELB  json.RawMessage `json:"elb"`
		HTTP json.RawMessage `json:"http"`
	}
	if len(p.RequestContext) > 0 {
		if err := json.Unmarshal(p.RequestContext, &asked); err != nil {
			return nil, fmt.Errorf("the event's requestContext is not an object: %w", err)
		}
	}
	switch {
	case p.Task == "poll", p.Source == "aws.scheduler", p.Source == "aws.events" && p.DetailType == "Scheduled Event":
		return f.scheduled(ctx)
	case len(asked.ELB) > 0:
		return f.balanced(ctx, event)
	case len(asked.HTTP) > 0:
		return f.gatewayV2(ctx, event)
	case p.HTTPMethod != "":
		return f.gatewayV1(ctx, event)
	}
	return nil, fmt.Errorf("no known kind of event (source %q, type %q): API Gateway, function URL, load balancer or schedule is expected", p.Source, p.DetailType)
}

// polled is what a scheduled event is answered with.
type polled struct {
	Status string `json:"status"`
}

func (f *function) scheduled(ctx context.Context) (any, error) {
	if err := f.poll(ctx); err != nil {
		// Whoever asks for a poll only gets to know that it failed; the log has the cause.
		f.log.Error("poll failed", zap.Error(err))
		return nil, errors.New("the poll failed: see the function's log")
	}
	return polled{Status: "ok"}, nil
}

func (f *function) gatewayV1(ctx context.Context, event json.RawMessage) (any, error) {
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fmt.Errorf("read the API Gateway event: %w", err)
	}
	res, err := gorillamux.New(f.router(ctx, gatewayAnswer)).ProxyWithContext(ctx, *core.NewSwitchableAPIGatewayRequestV1(&e))
	if err != nil {
		return nil, err
	}
	return res.Version1(), nil
}

func (f *function) gatewayV2(ctx context.Context, event json.RawMessage) (any, error) {
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fmt.Errorf("read the API Gateway event: %w", err)
	}
	res, err := gorillamux.New(f.router(ctx, gatewayAnswer)).ProxyWithContext(ctx, *core.NewSwitchableAPIGatewayRequestV2(&e))
	if err != nil {
		return nil, err
	}
	return res.Version2(), nil
}

func (f *function) balanced(ctx context.Context, event json.RawMessage) (any, error) {
	var e events.ALBTargetGroupRequest
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fmt.Errorf("read the load balancer's event: %w", err)
	}
	prepare(&e)
	res, err := gorillamux.NewALB(f.router(ctx, balancerAnswer)).ProxyWithContext(ctx, e)
	if err != nil {
		return nil, err
	}
	return finish(e, res), nil
}

// router puts the product's handler into the router that the adapters want. Paths are left as they were sent.
func (f *function) router(ctx context.Context, maxAnswer int) *mux.Router {
	router := mux.NewRouter().SkipClean(true).UseEncodedPath()
	router.PathPrefix("/").Handler(addressed(limited(maxAnswer, f.ready(ctx))))
	return router
}

// ready is the product's handler, or one that answers why there is none.
func (f *function) ready(ctx context.Context) http.Handler {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.handler != nil {
		return f.handler
	}
	handler, err := f.open(ctx)
	if err != nil {
		f.log.Error("the function cannot serve", zap.Error(err))
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			httpapi.Refuse(w, r, problem.New(problem.Unavailable, "The function cannot serve now. Its log has the cause."))
		})
	}
	f.handler = handler
	return handler
}

// opener makes what opens the database and puts the product together.
func opener(c config.Config, log *zap.Logger) func(ctx context.Context) (http.Handler, error) {
	return func(ctx context.Context) (http.Handler, error) {
		if c.LambdaMigrate {
			if err := migrate(ctx, c); err != nil {
				return nil, err
			}
		}
		// The database stays open for as long as the function lives.
		answers, _, err := app.OpenHandler(ctx, c, log, version)
		return answers, err
	}
}

func migrate(ctx context.Context, c config.Config) error {
	stores, err := app.OpenStores(ctx, c)
	if err != nil {
		return err
	}
	defer stores.Pool.Close()
	return app.Migrate(ctx, stores.Pool, c)
}
