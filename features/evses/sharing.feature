# Several EVSEs share what the fuse of the station, the house and the CSMS leave.
@requires:evses
Feature: Sharing

  Background:
    Given a charger with 2 EVSEs
    And nobody needs a token

  @slow
  Scenario: Two cars share the fuse of the station, and the second waits until the first has followed
    Given a station fuse of 32 A
    When the driver plugs in
    Then within 10 s the pilot duty is 53.3 %
    When the driver plugs in at EVSE 2
    Then within 2 s the pilot duty is 26.6 %
    And at EVSE 2 within 10 s the pilot duty is 26.6 %
    And at EVSE 2 within 10 s the car draws 16 A
    And for 60 s the offers of all EVSEs come to at most 32 A

  Scenario: A car that leaves gives its share to the other
    Given a station fuse of 32 A
    And a car is charging
    And a car is charging at EVSE 2
    When the driver unplugs
    Then for 30 s the offers of all EVSEs come to at most 32 A
    And at EVSE 2 within 10 s the pilot duty is 53.3 %
    And at EVSE 2 within 10 s the car draws 32 A

  @slow
  Scenario: A car that does not take its share gives it back within 30 s
    Given a station fuse of 32 A
    And a car is charging
    And a car is charging at EVSE 2
    When the car draws 8 A whatever is offered
    Then at EVSE 2 within 40 s the car draws 21.9 A
    And for 60 s the offers of all EVSEs come to at most 32 A
    When the car draws what is offered
    Then within 60 s the car draws 16 A
    And at EVSE 2 within 10 s the car draws 16 A

  @slow
  Scenario: A house load that jumps lowers both at once
    Given a main fuse of 40 A
    And a car is charging
    And a car is charging at EVSE 2
    When the house begins to take 4600 W on each line
    Then within 7 s the car draws 9.8 A
    And at EVSE 2 within 1 s the car draws 9.8 A
    And the house connection carries at most 40 A
    And for 60 s the house connection carries at most 40 A

  @slow
  Scenario: Where the house leaves less than 12 A the cars take turns
    Given a main fuse of 16 A
    And turns of 5 min
    And the house takes 1840 W on each line
    And a car is charging
    When the driver plugs in at EVSE 2
    Then at EVSE 2 for 280 s the contactor stays open
    And at EVSE 2 within 40 s the contactor closes
    And the contactor is open
    And within 1 s the panel shows PausedByCharger
    And for 280 s the contactor stays open
    And within 40 s the contactor closes
    And at EVSE 2 the contactor is open
    And for 300 s the house connection carries at most 16 A

  Scenario: The CSMS limits the station as a whole
    Given the house has no limit
    And a car is charging
    And a car is charging at EVSE 2
    Then within 1 s the pilot duty is 53.3 %
    And at EVSE 2 within 1 s the pilot duty is 53.3 %
    When the CSMS limits the charger to 20 A
    Then within 2 s the pilot duty is 16.6 %
    And at EVSE 2 within 1 s the pilot duty is 16.6 %
    And for 30 s the offers of all EVSEs come to at most 20 A
    When the CSMS clears the profiles
    Then within 10 s the pilot duty is 53.3 %
    And at EVSE 2 within 10 s the pilot duty is 53.3 %

  Scenario: A profile for one EVSE leaves the rest to the other
    Given a station fuse of 32 A
    And a car is charging
    And a car is charging at EVSE 2
    When the CSMS sets a profile of 10 A
    Then within 2 s the pilot duty is 16.6 %
    And at EVSE 2 within 10 s the pilot duty is 36.6 %
    And the limit is 10 A by the Profile
    And at EVSE 2 the limit is 22 A by the StationFuse

  @slow
  Scenario: The house meter is lost, and one car goes on with the fail-safe current
    Given a car is charging
    And a car is charging at EVSE 2
    When the house meter is lost
    # On wires it counts as silent after 6 s, and then as lost 10 s later.
    Then within 20 s 1 EVSEs offer current
    And for 60 s the offers of all EVSEs come to at most 6 A
    When the house meter is back
    Then within 120 s 2 EVSEs offer current

  @slow
  Scenario: The higher priority has what it wants first
    Given the house has no limit
    And a station fuse of 40 A
    And the priority 1 at EVSE 2
    And a car is charging
    When the driver plugs in at EVSE 2
    Then at EVSE 2 within 20 s the car draws 32 A
    And within 10 s the car draws 8 A
    And for 60 s the offers of all EVSEs come to at most 40 A

  Scenario: Two cars of one line share no line where the outlets are wired in rotation
    Given a charger with the configuration
      """
      [authorization]
      mode = "free"
      [site]
      main_fuse_a = 0
      station_fuse_a = 16
      [[evse]]
      outlet = { phases = 1, max_current_a = 16 }
      [[evse]]
      outlet = { phases = 1, max_current_a = 16 }
      lines = ["L2"]
      """
    And the line L1 of the outlet is line L2 of the house at EVSE 2
    When the driver plugs in
    And the driver plugs in at EVSE 2
    Then within 20 s the pilot duty is 26.6 %
    And at EVSE 2 within 1 s the pilot duty is 26.6 %

  @slow
  Scenario: Three cars, one line each, share a fuse of 20 A
    Given a charger with the configuration
      """
      [authorization]
      mode = "free"
      [site]
      main_fuse_a = 0
      station_fuse_a = 20
      turn_min = 3
      [outlet]
      phases = 1
      [[evse]]
      [[evse]]
      [[evse]]
      """
    And a car is charging
    And a car is charging at EVSE 2
    And a car is charging at EVSE 3
    Then within 10 s 3 EVSEs offer current
    And for 120 s the offers of all EVSEs come to at most 20 A
    When the driver unplugs at EVSE 3
    Then within 20 s the pilot duty is 16.6 %

  @slow
  Scenario: Three cars and a fuse for one: nobody starves
    Given a charger with 3 EVSEs
    And a station fuse of 10 A
    And turns of 2 min
    When the driver plugs in
    And the driver plugs in at EVSE 2
    And the driver plugs in at EVSE 3
    Then within 20 s the contactor closes
    And at EVSE 2 within 150 s the contactor closes
    And at EVSE 3 within 150 s the contactor closes
    And within 150 s the contactor closes
    And for 400 s the offers of all EVSEs come to at most 10 A

  @slow
  Scenario: A limit that dips again and again lets nobody starve
    Given the house has no limit
    And a station fuse of 8 A
    And turns of 2 min
    When the driver plugs in
    And 1 s pass
    And the driver plugs in at EVSE 2
    And 3 times:
      """
      When the CSMS limits the charger to 5 A
      And 1 s pass
      And the CSMS clears the profiles
      And 60 s pass
      """
    Then at EVSE 2 within 1 s the contactor closes
    And the contactor is open

  @slow
  Scenario: What flows through a welded contactor is not given away a second time
    Given the house has no limit
    And a station fuse of 32 A
    And a car is charging that ignores the PWM
    When the contactor welds
    And the CSMS requests a stop
    And 20 s pass
    And the driver plugs in at EVSE 2
    Then at EVSE 2 for 60 s the contactor stays open
    And for 1 s the house connection carries at most 34 A

  Scenario: An idle EVSE takes nothing away
    Given a station fuse of 32 A
    When the driver plugs in at EVSE 2
    Then at EVSE 2 within 10 s the pilot duty is 53.3 %
    And the pilot is in state A
    And within 1 s the connector is Available

  @slow
  Scenario: Each limit says whose it is, and why it is no more
    Given a station fuse of 10 A
    And a car is charging
    Then the limit is 10 A by the StationFuse because of Rating
    When the driver plugs in at EVSE 2
    Then at EVSE 2 for 60 s the contactor stays open
    And at EVSE 2 the limit is 0 A by the StationFuse because of Turn
    When the CSMS sets a profile of 8 A
    And 2 s pass
    Then the limit is 8 A by the Profile because of ChargingProfile
    # Its turn comes.
    When 15 min pass
    Then at EVSE 2 the contactor is closed
    And the limit is 0 A by the StationFuse because of Turn
