// Package embedded runs a NATS server with JetStream in this process, for studies
// on one machine, or on a few machines without a separate server. It is not part of
// package queue because workers link only the client.
package embedded

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

// Options are the options of Start. The zero value listens on a free port of the
// loopback address, which other machines cannot reach.
type Options struct {
	// Listen is "host:port"; "" means a free port of 127.0.0.1, the same as last
	// time if possible.
	Listen string
	// Certificate and Key are files for TLS; "" means no TLS.
	Certificate, Key string
	// MaxStore limits the disk space in bytes; 0 means the whole disk except for a
	// reserve of 64 MiB.
	MaxStore int64
	// Closed opens the store without a listener, for inspection.
	Closed bool
}

// Server is a running server.
type Server struct {
	nats *server.Server
	lock *flock.Flock
	// Address is how to connect to it. Its token is random, created with the folder,
	// and gives full access to the server.
	Address queue.Server
}

// ErrRunning is wrapped by the error of Start if another process uses the folder.
var ErrRunning = errors.New("it is already running")

const addressFile = "server.json"

// Start runs a server with its files in folder, which it creates if necessary. Only
// one process at a time can use a folder.
func Start(folder string, options Options) (*Server, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("creating the folder of the study's server: %w", err)
	}
	lock := flock.New(filepath.Join(folder, "lock"))
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the folder %s: %w", folder, err)
	}
	if !held {
		return nil, fmt.Errorf("the study in %s: %w: wait for it, or stop it", folder, ErrRunning)
	}
	s := &Server{lock: lock}
	if err := s.start(folder, options); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the study's server in %s: %w", folder, err), lock.Unlock())
	}
	return s, nil
}

func (s *Server) start(folder string, options Options) error {
	config, err := options.server(folder)
	if err != nil {
		return err
	}
	if s.nats, err = server.NewServer(config); err != nil {
		return err
	}
	log := &logger{path: filepath.Join(folder, "server.log")}
	s.nats.SetLoggerV2(log, false, false, false)
	s.nats.Start()
	if !s.nats.ReadyForConnections(time.Minute) || !s.nats.JetStreamEnabled() {
		s.nats.Shutdown()
		return fmt.Errorf("it does not start: %s", log.last())
	}
	s.Address = queue.Server{URL: fromHere(s.nats.ClientURL()), Token: config.Authorization, CA: options.Certificate, Name: certified(config.TLSConfig)}
	if options.Closed {
		return nil
	}
	return saveAddress(folder, s.Address)
}

// fromHere replaces an unspecified host in an address by the loopback address.
func fromHere(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	ip := net.ParseIP(u.Hostname())
	switch {
	case ip == nil || !ip.IsUnspecified():
		return address
	case ip.To4() == nil:
		u.Host = net.JoinHostPort("::1", u.Port())
	default:
		u.Host = net.JoinHostPort("127.0.0.1", u.Port())
	}
	return u.String()
}

// certified returns a name in the server's certificate, which clients expect
// whatever address they use; "" without TLS.
func certified(config *tls.Config) string {
	if config == nil || len(config.Certificates) == 0 || config.Certificates[0].Leaf == nil {
		return ""
	}
	switch leaf := config.Certificates[0].Leaf; {
	case len(leaf.DNSNames) > 0:
		return strings.Replace(leaf.DNSNames[0], "*", "semrob", 1) // a wildcard matches any label
	case len(leaf.IPAddresses) > 0:
		return leaf.IPAddresses[0].String()
	}
	return ""
}

// server returns the configuration of the server.
func (o Options) server(folder string) (*server.Options, error) {
	known, _ := Address(folder) // the token and port of last time, if any
	config := &server.Options{
		ServerName: "semrob", JetStream: true, StoreDir: folder, NoSigs: true,
		DontListen: o.Closed, Authorization: known.Token,
		// By default the server would take three quarters of the free space when it
		// starts, including what it already uses.
		JetStreamMaxStore: o.MaxStore, JetStreamMaxMemory: 64 << 20,
		// A power cut loses at most this much work, which is repeated.
		SyncInterval: 10 * time.Second,
	}
	if config.JetStreamMaxStore == 0 {
		config.JetStreamMaxStore = room(folder)
	}
	if config.Authorization == "" {
		config.Authorization = rand.Text()
	}
	if o.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(o.Certificate, o.Key)
		if err != nil {
			return nil, fmt.Errorf("reading the server's certificate: %w", err)
		}
		config.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	var err error
	config.Host, config.Port, err = o.address(known)
	return config, err
}

func (o Options) address(known queue.Server) (host string, port int, err error) {
	if o.Listen == "" {
		return "127.0.0.1", freePort(known.URL), nil
	}
	host, text, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return "", 0, fmt.Errorf("invalid address %q: use host:port, such as 0.0.0.0:4222: %w", o.Listen, err)
	}
	if port, err = strconv.Atoi(text); err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("invalid port in the address %q: use 0…65535", o.Listen)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, nil
}

// freePort returns the port of an address if it is free on the loopback address,
// otherwise RANDOM_PORT.
func freePort(address string) int {
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" {
		return server.RANDOM_PORT
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", u.Port()))
	if err != nil {
		return server.RANDOM_PORT
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// Connect connects to the server in this process, without a network.
func (s *Server) Connect() (*nats.Conn, error) {
	conn, err := nats.Connect("", nats.InProcessServer(s.nats), nats.Token(s.Address.Token), nats.Name("semrob study run"), nats.MaxReconnects(-1))
	if err != nil {
		return nil, fmt.Errorf("connecting to the study's own server: %w", err)
	}
	return conn, nil
}

// Stop stops the server and releases the folder.
func (s *Server) Stop() error {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
	if err := s.lock.Unlock(); err != nil {
		return fmt.Errorf("releasing the study's folder: %w", err)
	}
	return nil
}

// Address returns how to connect to the server with its files in folder, as of its
// last start. The error wraps fs.ErrNotExist if it was never started.
func Address(folder string) (queue.Server, error) {
	var address queue.Server
	text, err := os.ReadFile(filepath.Join(folder, addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return address, fmt.Errorf("no study has been run in %s: %w", folder, fs.ErrNotExist)
	}
	if err == nil {
		err = json.Unmarshal(text, &address)
	}
	if err != nil {
		return address, fmt.Errorf("reading the address of the study's server: %w", err)
	}
	return address, nil
}

// saveAddress writes the address with the token. The folder, and then the file, are
// accessible only to this user.
func saveAddress(folder string, address queue.Server) error {
	text, err := json.MarshalIndent(address, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(folder, addressFile)
	if err := atomicfile.WriteBytes(path, append(text, '\n')); err != nil {
		return err
	}
	return os.Chmod(path, 0o600)
}
