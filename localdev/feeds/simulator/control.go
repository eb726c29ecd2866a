package simulator

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// maxControl bounds the body of a request to the control endpoint.
const maxControl = 32 << 20

// control serves what tests and people steer the services by, all JSON:
//
//	GET    /control                          what is to strike, and the number of requests of each service
//	POST   /control/faults                   a Fault; it strikes from the next request on
//	DELETE /control/faults?service=nvd       ends the faults of a service; of all without the parameter
//	GET    /control/requests?service=nvd     every request made
//	DELETE /control/requests                 forgets them
//	PUT    /control/records/{service}/{id}   adds or replaces a record, in the service's own form
//	DELETE /control/records/{service}/{id}   withdraws it; with ?silent=true it vanishes without a word
//	POST   /control/touch/{service}          every record gets a new modification time and no other change
func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	s.routes().ServeHTTP(w, r)
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /control", func(w http.ResponseWriter, _ *http.Request) {
		counts := map[string]int{}
		for name := range s.services {
			counts[name] = 0
		}
		for _, seen := range s.Requests("") {
			counts[seen.Service]++
		}
		writeJSON(w, http.StatusOK, map[string]any{"faults": s.Faults(), "requests": counts})
	})
	mux.HandleFunc("POST /control/faults", func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		d := json.NewDecoder(io.LimitReader(r.Body, maxControl))
		d.DisallowUnknownFields()
		err := d.Decode(&f)
		if err == nil {
			err = s.Add(f)
		}
		answer(w, err)
	})
	mux.HandleFunc("DELETE /control/faults", func(w http.ResponseWriter, r *http.Request) {
		s.Clear(r.URL.Query().Get("service"))
		answer(w, nil)
	})
	mux.HandleFunc("GET /control/requests", func(w http.ResponseWriter, r *http.Request) {
		list := s.Requests(r.URL.Query().Get("service"))
		writeJSON(w, http.StatusOK, map[string]any{"requests": append([]Request{}, list...)})
	})
	mux.HandleFunc("DELETE /control/requests", func(w http.ResponseWriter, _ *http.Request) {
		s.Forget()
		answer(w, nil)
	})
	mux.HandleFunc("PUT /control/records/{service}/{id}", func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(io.LimitReader(r.Body, maxControl))
		if err == nil && !json.Valid(raw) {
			err = fmt.Errorf("the record is no JSON")
		}
		if err == nil {
			err = s.Put(r.PathValue("service"), r.PathValue("id"), raw)
		}
		answer(w, err)
	})
	mux.HandleFunc("DELETE /control/records/{service}/{id}", func(w http.ResponseWriter, r *http.Request) {
		take := s.Withdraw
		if r.URL.Query().Get("silent") == "true" {
			take = s.Remove
		}
		answer(w, take(r.PathValue("service"), r.PathValue("id")))
	})
	mux.HandleFunc("POST /control/touch/{service}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, s.Touch(r.PathValue("service")))
	})
	return mux
}

func answer(w http.ResponseWriter, err error) {
	if err != nil {
		writeJSON(w, http.StatusUnprocessableEntity, map[string]string{"error": err.Error()})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
