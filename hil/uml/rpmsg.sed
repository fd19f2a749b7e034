# drivers/rpmsg/virtio_rpmsg_bus.c: what arrives is handled by a worker.
#
# Its handlers take mutexes and register devices, for on a board a mailbox's thread calls them. A vhost-user device calls them
# from its interrupt: a mutex that somebody has then puts the idle task to sleep with the host's signals blocked, and the guest
# never wakes up (about one boot in fifty on a busy machine, before its first process).
s/^static void rpmsg_recv_done(struct virtqueue \*rvq)$/static void rpmsg_receive(struct virtqueue *rvq)/
s/^\tstruct mutex endpoints_lock;$/&\n\tstruct work_struct receive;/
s/^\tmutex_init(&vrp->endpoints_lock);$/&\n\tINIT_WORK(\&vrp->receive, rpmsg_receive_work);/
s/^\tvirtio_reset_device(vdev);$/&\n\tcancel_work_sync(\&vrp->receive);/
/^static int rpmsg_probe(struct virtio_device \*vdev)$/i\
static void rpmsg_receive_work(struct work_struct *work)\
{\
	rpmsg_receive(container_of(work, struct virtproc_info, receive)->rvq);\
}\
\
static void rpmsg_recv_done(struct virtqueue *rvq)\
{\
	struct virtproc_info *vrp = rvq->vdev->priv;\
\
	schedule_work(&vrp->receive);\
}\

