package httpapi

import (
	"io/fs"
	"net/http"

	"github.com/gorilla/mux"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/sbom"
)

// Options says what surrounds the endpoints.
type Options struct {
	Log *zap.Logger
	// Hosts are the names, beside the loopback ones, under which the server is known.
	Hosts []string
	// Page holds the built frontend; nil serves the API alone.
	Page fs.FS
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
	mount(router, s)
	var h http.Handler = router
	h = decoded(s.Limits.MaxBytes, h)
	h = bounded(h)
	h = ownOrigin(o.Hosts, h)
	h = originated(h)
	h = secured(h)
	return observed(o.Log, h)
}
