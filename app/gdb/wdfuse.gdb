# Commands of gdb for drivers under wdfuse: what is in queues and requests. They read the memory of
# a stopped daemon, or of its core file, and call nothing in it.
#
#   (gdb) source wdfuse.gdb
#   (gdb) wdf-queues                 the queues of all devices that have nodes, and what is in them
#   (gdb) wdf-request Request        one request

define wdf-one-request
  set $wdf_r = (struct wdf_request *)($arg0)
  printf "request %p: ", $wdf_r
  output $wdf_r->state
  printf ", "
  output $wdf_r->io.type
  printf ", of process %d", $wdf_r->io.requestor_pid
  if $wdf_r->io.type == WdfRequestTypeRead
    printf ", %lu bytes", $wdf_r->io.output_length
  end
  if $wdf_r->io.type == WdfRequestTypeWrite
    printf ", %lu bytes", $wdf_r->io.input_length
  end
  if $wdf_r->io.type == WdfRequestTypeDeviceControl
    printf ", code 0x%x, %lu bytes in, %lu bytes out", \
      $wdf_r->io.control_code, $wdf_r->io.input_length, \
      $wdf_r->io.output_length
  end
  printf "\n"
end

define wdf-request
  wdf-one-request $arg0
  if $wdf_r->queue != 0
    printf "  queue %p, device %p\n", $wdf_r->queue, $wdf_r->queue->device
  end
  if $wdf_r->queue == 0 && $wdf_r->device == 0
    printf "  in no queue: made by its driver\n"
  end
  if $wdf_r->queue == 0 && $wdf_r->device != 0
    printf "  in no queue\n"
  end
  if $wdf_r->is_cancelled
    printf "  its client has given it up\n"
  end
  if $wdf_r->completed_at != 0
    printf "  completed by thread %u at ", $wdf_r->completed_by
    output/a $wdf_r->completed_at
    printf "\n"
  end
end
document wdf-request
wdf-request REQUEST: says where a WDFREQUEST is, whose it is and what it asks for.
end

# wdf-list QUEUE LIST: the requests in one list of a queue.
define wdf-list
  set $wdf_head = &((struct wdf_queue *)($arg0))->$arg1
  set $wdf_entry = $wdf_head->Flink
  while $wdf_entry != $wdf_head
    printf "    "
    set $wdf_listed = (char *)$wdf_entry - (unsigned long)&((struct wdf_request *)0)->queue_entry
    wdf-one-request $wdf_listed
    set $wdf_entry = $wdf_entry->Flink
  end
end

define wdf-queue
  set $wdf_q = (struct wdf_queue *)($arg0)
  printf "  queue %p: ", $wdf_q
  output $wdf_q->config.DispatchType
  printf ", %u queued, %u with the driver", $wdf_q->queued_count, $wdf_q->driver_count
  if !$wdf_q->accepts
    printf ", accepts nothing"
  end
  if !$wdf_q->dispatches
    printf ", stopped"
  end
  if !$wdf_q->is_powered
    printf ", held for power"
  end
  printf "\n"
  wdf-list $wdf_q queued
  wdf-list $wdf_q owned
  wdf-list $wdf_q cancelling
  wdf-list $wdf_q cancelled
end

define wdf-queues
  set $wdf_device_list = &'node.c'::devices
  set $wdf_device_entry = $wdf_device_list->Flink
  while $wdf_device_entry != $wdf_device_list
    set $wdf_d = \
      (struct wdf_device *)((char *)$wdf_device_entry - \
        (unsigned long)&((struct wdf_device *)0)->node.entry)
    printf "device %p\n", $wdf_d
    set $wdf_queue_list = &$wdf_d->io.queues
    set $wdf_queue_entry = $wdf_queue_list->Flink
    while $wdf_queue_entry != $wdf_queue_list
      set $wdf_queue_of_list = \
        (struct wdf_queue *)((char *)$wdf_queue_entry - \
        (unsigned long)&((struct wdf_queue *)0)->device_entry)
      wdf-queue $wdf_queue_of_list
      set $wdf_queue_entry = $wdf_queue_entry->Flink
    end
    set $wdf_device_entry = $wdf_device_entry->Flink
  end
end
document wdf-queues
wdf-queues: lists the queues of all devices that have nodes, with the requests in them.
end
