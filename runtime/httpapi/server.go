package httpapi

import (
	"io/fs"
	"net/http"
	"time"

	"github.com/gorilla/mux"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/sbom"
)

// Options says what surrounds the endpoints.
type Options struct {
	Log *zap.Logger
	// Hosts are the names, beside the loopback ones, under which the server is known.
	Hosts []string
	// AppURL is the public address: the one other origin that may call, and over https the promise to stay there.
	AppURL string
	// Page holds the built frontend; nil serves the API alone.
	Page   fs.FS
	Limits Limits
	// Ping is how often a live connection is tried; 0: every 30 s.
	Ping time.Duration
	// Watch hears of every answered request, for metrics; nil for nobody.
	Watch func(method, route string, status int, took time.Duration)
	// Leaving says whether the server was told to end; nil for never.
	Leaving func() bool
}

// New makes the whole HTTP handler.
func New(s Services, o Options) http.Handler {
	if s.Limits.MaxBytes <= 0 {
		s.Limits = sbom.DefaultLimits()
	}
	router := mux.NewRouter()
	router.Use(routed)
	router.NotFoundHandler = nothing(o.Page)
	router.MethodNotAllowedHandler = http.HandlerFunc(wrongMethod)
	callers := newKnown(cookies(s.Accounts), time.Now)
	if o.Limits.Caller == nil {
		o.Limits.Caller = callers.caller
	}
	mount(router, s, callers, LiveOptions{AppURL: o.AppURL, Ping: o.Ping})
	var h http.Handler = router
	h = reading(s.License, h)
	h = decoded(s.Limits.MaxBytes, h)
	h = uploadsAtOnce(o.Limits, h)
	h = bounded(h)
	h = limited(o.Limits, h)
	h = ownOrigin(o.Hosts, o.AppURL, h)
	h = crossOrigin(o.AppURL, h)
	h = secured(o.AppURL, h)
	h = originated(h)
	h = leaving(o.Leaving, h)
	h = addressed(o.Limits.Proxies, h)
	return observed(o.Log, o.Watch, h)
}
