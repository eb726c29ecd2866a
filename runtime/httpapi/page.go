package httpapi

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// page serves the built frontend. A path that is no file is a place within the page, so index.html answers it; only
// what looks like a file that should exist is not found.
func page(files fs.FS) http.Handler {
	server := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			refuse(w, r, problem.New(problem.NotFound, "There is nothing at %s.", r.URL.Path))
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		info, err := fs.Stat(files, name)
		switch {
		case err == nil && !info.IsDir() && name != "index.html":
			// The build puts a hash of the content into the names under assets, and nowhere else.
			if strings.HasPrefix(name, "assets/") {
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			} else {
				w.Header().Set("Cache-Control", "no-cache")
			}
			server.ServeHTTP(w, r)
		case strings.HasPrefix(name, "assets/"):
			refuse(w, r, problem.New(problem.NotFound, "There is nothing at %s.", r.URL.Path))
		default:
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, files, "index.html")
		}
	})
}

// nothing answers for a path that no route has.
func nothing(files fs.FS) http.Handler {
	missing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, problem.New(problem.NotFound, "There is nothing at %s.", r.URL.Path))
	})
	if files == nil {
		return missing
	}
	shown := page(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/") {
			missing(w, r)
			return
		}
		shown.ServeHTTP(w, r)
	})
}

func wrongMethod(w http.ResponseWriter, r *http.Request) {
	p := newProblem(problem.NotFound, "The path exists, but not with method "+r.Method+".", nil)
	p.Status, p.Title = http.StatusMethodNotAllowed, "Not this way"
	p.Type = "urn:threatwerk:problem:method_not_allowed"
	answer(w, r, p)
}
