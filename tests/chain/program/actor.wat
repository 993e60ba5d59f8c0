;; A program that does what the first byte of its calldata says; the rest are the arguments.
;;   0 key value     store a slot
;;   1 key           load a slot and return it
;;   2 address data  call, with the value received, and return or revert with what comes back
;;   3 address data  delegate-call, likewise
;;   4 address data  static-call, likewise
;;   5 code          create, and return the address
;;   6 topic data    emit a log
;;   7               return whether re-entered, the block number, the sender, the own address and the value, 32 bytes each
;;   8               loop for ever
;;   9 data          revert with data
;;   10 key value    store, then trap
(module
  (import "vm_hooks" "pay_for_memory_grow" (func $pay (param i32)))
  (import "vm_hooks" "read_args" (func $read_args (param i32)))
  (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
  (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
  (import "vm_hooks" "storage_cache_bytes32" (func $cache (param i32 i32)))
  (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
  (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
  (import "vm_hooks" "delegate_call_contract" (func $delegate (param i32 i32 i32 i64 i32) (result i32)))
  (import "vm_hooks" "static_call_contract" (func $static (param i32 i32 i32 i64 i32) (result i32)))
  (import "vm_hooks" "create1" (func $create (param i32 i32 i32 i32 i32)))
  (import "vm_hooks" "read_return_data" (func $return_data (param i32 i32 i32) (result i32)))
  (import "vm_hooks" "emit_log" (func $log (param i32 i32 i32)))
  (import "vm_hooks" "msg_reentrant" (func $reentrant (result i32)))
  (import "vm_hooks" "block_number" (func $number (result i64)))
  (import "vm_hooks" "msg_sender" (func $sender (param i32)))
  (import "vm_hooks" "contract_address" (func $self (param i32)))
  (import "vm_hooks" "msg_value" (func $value (param i32)))
  (memory (export "memory") 1)
  ;; arguments at 0, what comes back at 0x8000, the value received at 0x7000, lengths at 0x7100
  (func (export "user_entrypoint") (param $len i32) (result i32)
    (local $op i32) (local $status i32) (local $size i32)
    (call $pay (i32.const 0))
    (call $read_args (i32.const 0))
    (local.set $op (i32.load8_u (i32.const 0)))
    (if (i32.eqz (local.get $op)) (then
      (call $cache (i32.const 1) (i32.const 33))
      (call $flush (i32.const 0))
      (return (i32.const 0))))
    (if (i32.eq (local.get $op) (i32.const 1)) (then
      (call $load (i32.const 1) (i32.const 0x8000))
      (call $write_result (i32.const 0x8000) (i32.const 32))
      (return (i32.const 0))))
    (if (i32.le_u (local.get $op) (i32.const 4)) (then
      (if (i32.eq (local.get $op) (i32.const 2)) (then
        (call $value (i32.const 0x7000))
        (local.set $status (call $call (i32.const 1) (i32.const 21) (i32.sub (local.get $len) (i32.const 21))
          (i32.const 0x7000) (i64.const -1) (i32.const 0x7100)))))
      (if (i32.eq (local.get $op) (i32.const 3)) (then
        (local.set $status (call $delegate (i32.const 1) (i32.const 21) (i32.sub (local.get $len) (i32.const 21))
          (i64.const -1) (i32.const 0x7100)))))
      (if (i32.eq (local.get $op) (i32.const 4)) (then
        (local.set $status (call $static (i32.const 1) (i32.const 21) (i32.sub (local.get $len) (i32.const 21))
          (i64.const -1) (i32.const 0x7100)))))
      (local.set $size (call $return_data (i32.const 0x8000) (i32.const 0) (i32.load (i32.const 0x7100))))
      (call $write_result (i32.const 0x8000) (local.get $size))
      (return (local.get $status))))
    (if (i32.eq (local.get $op) (i32.const 5)) (then
      (call $create (i32.const 1) (i32.sub (local.get $len) (i32.const 1)) (i32.const 0x7000)
        (i32.const 0x800c) (i32.const 0x7100))
      (call $write_result (i32.const 0x8000) (i32.const 32))
      (return (i32.const 0))))
    (if (i32.eq (local.get $op) (i32.const 6)) (then
      (call $log (i32.const 1) (i32.sub (local.get $len) (i32.const 1)) (i32.const 1))
      (return (i32.const 0))))
    (if (i32.eq (local.get $op) (i32.const 7)) (then
      (i32.store8 (i32.const 0x801f) (call $reentrant))
      ;; the number big-endian: bytes are reversed by hand below 2^32
      (local.set $size (i32.wrap_i64 (call $number)))
      (i32.store8 (i32.const 0x803f) (local.get $size))
      (i32.store8 (i32.const 0x803e) (i32.shr_u (local.get $size) (i32.const 8)))
      (i32.store8 (i32.const 0x803d) (i32.shr_u (local.get $size) (i32.const 16)))
      (i32.store8 (i32.const 0x803c) (i32.shr_u (local.get $size) (i32.const 24)))
      (call $sender (i32.const 0x804c))
      (call $self (i32.const 0x806c))
      (call $value (i32.const 0x8080))
      (call $write_result (i32.const 0x8000) (i32.const 160))
      (return (i32.const 0))))
    (if (i32.eq (local.get $op) (i32.const 8)) (then
      (loop $again (br $again))))
    (if (i32.eq (local.get $op) (i32.const 9)) (then
      (call $write_result (i32.const 1) (i32.sub (local.get $len) (i32.const 1)))
      (return (i32.const 1))))
    (if (i32.eq (local.get $op) (i32.const 10)) (then
      (call $cache (i32.const 1) (i32.const 33))
      (call $flush (i32.const 0))
      (unreachable)))
    (i32.const 1))
)
