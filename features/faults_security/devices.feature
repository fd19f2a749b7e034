# Devices that fail, hosts that die.
Feature: Devices and hosts

  Background:
    Given a charger where nobody needs a token

  @FS-01
  Scenario: A fault before the plug: no session begins
    Given the power board speaks version 9 of the messages
    When the driver plugs in
    Then for 10 s there is no session event SessionStarted
    And for 60 s the contactor stays open

  @FS-05
  Scenario: A board that says nothing is told, and the session goes on when it is heard again
    Given a car is charging
    When the link to the power board is garbled
    Then within 2 s the fault BoardLost is detected
    And within 1 s the contactor opens
    When the link to the power board is back
    Then within 5 s the fault BoardLost is cleared
    And within 15 s the contactor closes

  Scenario: A board that starts anew opens, and the session goes on
    Given a car is charging
    When the power board starts anew
    Then within 100 ms the contactor opens
    And within 20 s the contactor closes

  @FS-10
  Scenario: The host restarts under a charging car
    Given a car is charging
    When the charger's host dies
    And 30 s pass
    And the charger's host starts again
    Then within 20 s the contactor closes
    And the CSMS received exactly 1 TransactionEvent where
      | eventType | Started |

  Scenario: The host is told to end: open at once, and said so
    Given a car is charging
    When the charger's host is told to end
    Then within 100 ms the contactor opens

  @FS-07
  Scenario: A jammed lock gives no energy
    Given the lock jams
    When the driver plugs in
    Then within 3 s the fault LockFailed is detected
    And for 60 s the contactor stays open
    And within 1 s the connector is Faulted

  @FS-07
  Scenario: A lock that cannot be read gives no energy
    Given the contact of the lock sticks
    When the driver plugs in
    Then within 3 s the fault LockFailed is detected
    And for 60 s the contactor stays open

  @FS-07
  Scenario: A lock that cannot be reached gives no energy, and no hang
    Given the lock cannot be reached
    When the driver plugs in
    Then within 3 s the fault LockFailed is detected
    And for 60 s the contactor stays open

  Scenario: A panel that is gone is no reason not to charge
    Given the panel is missing
    When the driver plugs in
    Then within 10 s the contactor closes

  Scenario: A hundred sessions leave nothing behind
    When the hundred commuters have come and gone
    Then within 10 s the connector is Available
    And the session event SessionFinished was seen 100 times
    And the sequence numbers have no gap
